# Spartito: `make run` builds and starts it, `make test` checks everything. Each step is a script
# in scripts/ that installs what it misses, does nothing that is done, and says what it does.

.PHONY: help run build assets test test-deep test-upgrade chaos bench fuzz dev-check wasm-check
.DEFAULT_GOAL := help

help: ## Says what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

run: build ## Builds Spartito and starts it on http://127.0.0.1:3000
	@scripts/run.sh

build: ## Builds the release server and the site
	@scripts/build.sh

assets: ## Writes styles, fonts and public files into the site
	@scripts/build-assets.sh

test: ## Runs every check and test, browser tests included
	@scripts/test.sh

test-deep: ## Draws 10,000 random processes and ways through them
	@scripts/test-deep.sh

test-upgrade: ## Lets the commit before and the present one work on one database
	@scripts/test-upgrade.sh

chaos: ## Kills servers 200 times per database, and other tests that take long
	@scripts/chaos.sh

bench: ## Measures the engine and the store
	@scripts/bench.sh

fuzz: ## Looks for inputs that break the core, 10 minutes for each target
	@scripts/fuzz.sh

dev-check: ## Checks formatting and lints of both halves
	@scripts/dev-check.sh

wasm-check: ## Type-checks the browser half
	@scripts/wasm-check.sh

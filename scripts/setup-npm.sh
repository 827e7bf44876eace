#!/usr/bin/env bash
# Installs the pinned npm packages (fonts, wasm-opt, Playwright) when package-lock.json has changed.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# The stamp lies among the packages, so that deleting them deletes it too.
stamp=node_modules/.spartito-lock
if cmp -s package-lock.json "$stamp"; then exit 0; fi
say "Installing npm packages: build tools, fonts, browser tests (about 10 s)"
start=$SECONDS
npm ci --no-audit --no-fund --loglevel=error </dev/null ||
  die "The npm packages could not be installed; npm says above why." "Try again with: make build"
cp package-lock.json "$stamp"
took "$start"

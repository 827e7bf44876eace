#!/usr/bin/env bash
# Installs what only the tests need: Chromium, PostgreSQL, rustfmt and clippy, cargo-deny.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

deny_version=0.20.2

# Both lines take about 1 min each on a machine that has neither.
if ! have chromium; then apt_install "a browser for the tests" chromium; fi
if ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then
  apt_install "a database for the tests" postgresql
fi

for component in rustfmt clippy; do
  case $component in rustfmt) program=fmt ;; *) program=$component ;; esac
  if ! cargo "$program" --version >/dev/null 2>&1 && have rustup; then
    say "Adding $component to Rust"
    timeout 120 rustup component add "$component" </dev/null || note "$component could not be added."
  fi
done

deny="$(cache_folder)/cargo-deny-$deny_version"
if [ ! -x "$deny/bin/cargo-deny" ]; then
  say "Building cargo-deny, once (about 1 min)"
  start=$SECONDS
  # Its speed does not matter, the time to build it does.
  CARGO_TARGET_DIR="$SETUP/cargo-deny" CARGO_PROFILE_DEV_DEBUG=0 cargo install cargo-deny --quiet \
    --version "$deny_version" --debug --no-default-features --root "$deny" </dev/null
  rm -rf "$SETUP/cargo-deny"
  took "$start"
fi
ln -sfn "$deny/bin/cargo-deny" "$SETUP/cargo-deny"

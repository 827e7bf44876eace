#!/usr/bin/env bash
# Runs cargo with the compiler that has the browser target: browser-cargo.sh build --lib ...
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/setup-browser-target.sh
# The general variable would hide the flags that are set for the browser target alone.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS
source "$SETUP/browser.env"
exec "${BROWSER_CARGO:-cargo}" "$@"

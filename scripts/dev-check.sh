#!/usr/bin/env bash
# Checks formatting and lints: the server half and the tools natively, the browser half as WebAssembly.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cargo fmt --all --check
cargo clippy --workspace --all-targets -- -D warnings
scripts/clippy-browser.sh

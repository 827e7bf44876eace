#!/usr/bin/env bash
# Type-checks the browser half for WebAssembly (about 1 min the first time, then seconds).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

exec scripts/browser-cargo.sh check --lib --no-default-features --features hydrate --target "$WASM_TARGET" "$@"

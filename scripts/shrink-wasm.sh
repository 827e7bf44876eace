#!/usr/bin/env bash
# Shrinks one WebAssembly file in place: shrink-wasm.sh FILE
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

exec node_modules/.bin/wasm-opt -Oz --enable-bulk-memory --enable-nontrapping-float-to-int \
  --enable-reference-types --enable-multivalue --enable-mutable-globals --enable-sign-ext \
  "$1" -o "$1"

#!/usr/bin/env bash
# Compiles the browser half, generates its loader, shrinks it and holds it to its size limit.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# What the first page should load, compressed with brotli, and what it may load until pages are
# loaded one by one: the whole of the browser half is in this one file.
WASM_KB_GOAL=350
WASM_KB_MAX=560

compiled="$TARGET/$WASM_TARGET/wasm-release/spartito.wasm"
out="$SITE/pkg"
stamp="$SETUP/wasm.done"

# Cargo is the judge of what has changed: it only looks at the files that the browser half reads.
if [ ! -e "$compiled" ]; then say "Building the browser half (about 5 min)"; fi
start=$SECONDS
# Only a library of this one type is optimized as a whole: an rlib beside it would forbid that.
scripts/browser-cargo.sh rustc --quiet --lib --crate-type cdylib --no-default-features \
  --features hydrate --target "$WASM_TARGET" --profile wasm-release
if [ $((SECONDS - start)) -gt 5 ]; then took "$start"; fi

# The generator belongs to the same Cargo.lock as the library it must agree with.
tool="$TARGET/release/spartito-bindgen"
if [ ! -x "$tool" ]; then say "Building the tool that writes the browser's loader (about 1 min)"; fi
start=$SECONDS
cargo build --quiet --release -p spartito-bindgen
if [ $((SECONDS - start)) -gt 5 ]; then took "$start"; fi

if [ ! -e "$stamp" ] || [ "$compiled" -nt "$stamp" ] || [ "$tool" -nt "$stamp" ] ||
  [ scripts/build-wasm.sh -nt "$stamp" ] || [ ! -e "$out/spartito.wasm.br" ]; then
  say "Shrinking and compressing the browser half (about 20 s)"
  start=$SECONDS
  # Made beside the site and moved at the end, so that a running server never reads half a file.
  work="$SETUP/pkg"
  rm -rf "$work"
  "$tool" "$compiled" "$work" spartito >/dev/null
  node_modules/.bin/wasm-opt -Oz --enable-bulk-memory --enable-nontrapping-float-to-int \
    --enable-reference-types --enable-multivalue --enable-mutable-globals --enable-sign-ext \
    "$work/spartito.wasm" -o "$work/spartito.wasm"
  node scripts/compress.mjs "$work"
  mkdir -p "$out"
  rm -rf "$out/snippets"
  cp -R "$work"/. "$out/"
  rm -rf "$work"
  touch "$stamp"
  took "$start"
fi

bytes=$(wc -c <"$out/spartito.wasm.br")
kb=$(((bytes + 1023) / 1024))
note "The first page loads $kb KB of WebAssembly (brotli; the goal is at most $WASM_KB_GOAL KB)."
[ "$kb" -le "$WASM_KB_MAX" ] ||
  die "The browser half is too large." "Look for a dependency that the browser does not need."

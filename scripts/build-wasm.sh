#!/usr/bin/env bash
# Compiles the browser half, generates its loader, shrinks it and holds it to its size limit.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# What may be loaded where people come in, compressed with brotli.
WASM_KB_MAX=350

compiled="$TARGET/$WASM_TARGET/wasm-release/spartito.wasm"
out="$SITE/pkg"
stamp="$SETUP/wasm.done"

# Cargo is the judge of what has changed: it only looks at the files that the browser half reads.
if [ ! -e "$compiled" ]; then say "Building the browser half (about 5 min)"; fi
start=$SECONDS
# Only a library of this one type is optimized as a whole: an rlib beside it would forbid that.
# The linker's records of what refers to what tell the splitter where it may cut.
scripts/browser-cargo.sh rustc --quiet --lib --crate-type cdylib --no-default-features \
  --features hydrate --target "$WASM_TARGET" --profile wasm-release -- -Clink-arg=--emit-relocs
if [ $((SECONDS - start)) -gt 5 ]; then took "$start"; fi

# The generator belongs to the same Cargo.lock as the library it must agree with.
tool="$TARGET/release/spartito-bindgen"
if [ ! -x "$tool" ]; then say "Building the tool that cuts the browser half into pages (about 1 min)"; fi
start=$SECONDS
cargo build --quiet --release -p spartito-bindgen
if [ $((SECONDS - start)) -gt 5 ]; then took "$start"; fi

if [ ! -e "$stamp" ] || [ "$compiled" -nt "$stamp" ] || [ "$tool" -nt "$stamp" ] ||
  [ scripts/build-wasm.sh -nt "$stamp" ] || [ scripts/pages.json -nt "$stamp" ] || [ ! -e "$out/spartito.wasm.br" ]; then
  say "Shrinking and compressing the browser half (about 40 s)"
  start=$SECONDS
  # Made beside the site and moved at the end, so that a running server never reads half a file.
  work="$SETUP/pkg"
  rm -rf "$work"
  "$tool" "$compiled" scripts/pages.json "$work" spartito >/dev/null
  find "$work" -name '*.wasm' -print0 | xargs -0 -n 1 -P "$(nproc)" scripts/shrink-wasm.sh
  node scripts/compress.mjs "$work"
  mkdir -p "$out"
  rm -rf "$out/snippets"
  # Parts are named by their content: the new ones can lie beside the old ones for a moment.
  cp -R "$work"/. "$out/"
  find "$out/parts" -type f | while read -r file; do
    if [ ! -e "$work/${file#"$out/"}" ]; then rm -f "$file"; fi
  done
  rm -rf "$work"
  touch "$stamp"
  took "$start"
fi

note "What a first visit loads of WebAssembly:"
node scripts/wasm-sizes.mjs "$out" scripts/pages.json "$WASM_KB_MAX" ||
  die "The browser half is too large." "Look for a dependency that the browser does not need."

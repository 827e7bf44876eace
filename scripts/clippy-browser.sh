#!/usr/bin/env bash
# Lints the browser half as WebAssembly, with the clippy of the compiler that builds it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/setup-browser-target.sh
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS
source "$SETUP/browser.env"
if [ -n "${BROWSER_CARGO:-}" ]; then
  # Named in full: rustup's proxies of the same names come first in the search path.
  debian_clippy=/usr/bin/cargo-clippy
  if [ ! -x "$debian_clippy" ]; then apt_install "the linter of Debian's compiler" rust-web-clippy; fi
  export CARGO="$BROWSER_CARGO"
  command=("$debian_clippy" clippy)
else
  command=(cargo clippy)
fi
exec "${command[@]}" --lib --no-default-features --features hydrate --target "$WASM_TARGET" "$@"

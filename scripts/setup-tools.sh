#!/usr/bin/env bash
# Finds the compilers and Node; installs from Debian what is missing, or says exactly what to do.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# The C compiler builds the bundled SQLite.
if ! have cc; then apt_install "a C compiler" gcc libc6-dev; fi

# Debian's current Rust is called rustc-web; rustup's stable is used where it is installed.
if ! have cargo || ! have rustc; then apt_install "the Rust compiler" rustc-web cargo-web; fi
wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
found=$(rustc --version | awk '{print $2}')
at_least "$found" "$wanted" || die "Rust $found is too old, Spartito needs $wanted." \
  "With rustup, run: rustup update stable"

if ! have node || ! have npm; then apt_install "Node" nodejs npm; fi
node_found=$(node --version | tr -d v)
at_least "$node_found" 18.0.0 || die "Node $node_found is too old, Spartito needs 18 (20 for its tests)."

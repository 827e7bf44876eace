#!/usr/bin/env bash
# Finds a compiler for the browser half and writes which one into target/setup/browser.env.
#
# First choice is rustup with its wasm32 target. Where Rust's own servers cannot be reached, the
# second is Debian's compiler: its std is built once from Debian's sources and kept in a folder of
# its own (the cache folder, shared by all clones), so nothing of the system's compiler is changed.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

env_file="$SETUP/browser.env"
debian_rustc=/usr/bin/rustc
debian_cargo=/usr/bin/cargo

# Whether rustup has the target, for the compiler that is found first in the search path.
rustup_has_target() {
  rustup target list --installed 2>/dev/null | grep -qx "$WASM_TARGET" &&
    [ -d "$(rustc --print sysroot)/lib/rustlib/$WASM_TARGET/lib" ]
}

use_rustup() { printf '# The rustup toolchain has the browser target.\n' >"$env_file"; }

# Writes the environment that makes Debian's cargo build for the browser, for a kept std.
use_debian() {
  cat >"$env_file" <<EOF
# Debian's compiler, with the std that was built for the browser.
export BROWSER_CARGO=$debian_cargo
export RUSTC=$debian_rustc
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="--sysroot=$1"
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$(linker)
EOF
}

# The WebAssembly linker of the newest LLVM that is installed; older ones cannot read its objects.
linker() { ls -d /usr/lib/llvm-{19,2[0-9],3[0-9]}/bin/wasm-ld 2>/dev/null | sort -V | tail -n 1 || true; }

# The version of Debian's compiler; nothing where it is not installed.
debian_release() { { "$debian_rustc" --version 2>/dev/null || true; } | awk '{print $2}'; }

# Where Debian's compiler, its std sources or the linker are missing, installs them.
install_debian_compiler() {
  local wanted
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
  if [ -x "$debian_cargo" ] && [ -n "$(debian_release)" ] && at_least "$(debian_release)" "$wanted" &&
    [ -d "/usr/src/rustc-$(debian_release)/library/std" ] && [ -n "$(linker)" ]; then
    return
  fi
  note "Debian's compiler takes 20 s to 2 min to install."
  apt_install "a compiler for the browser half" rustc-web cargo-web rust-web-src lld-22
}

# Builds std for the browser in an empty crate and copies the result into the folder $1.
build_std() {
  local sysroot=$1 work="$SETUP/std" start=$SECONDS
  say "Building Rust's standard library for the browser, once (about 1 min)"
  rm -rf "$work"
  mkdir -p "$work/src"
  printf '[package]\nname = "std-for-browser"\nedition = "2024"\n[workspace]\n' >"$work/Cargo.toml"
  printf '#![no_std]\n' >"$work/src/lib.rs"
  (
    cd "$work"
    unset RUSTFLAGS CARGO_BUILD_TARGET
    CARGO_TARGET_DIR=target RUSTC=$debian_rustc RUSTC_BOOTSTRAP=1 "$debian_cargo" build --release --quiet \
      -Zbuild-std=std,panic_abort,proc_macro,test --target "$WASM_TARGET" </dev/null
  ) || die "The standard library for the browser could not be built." \
    "With access to Rust's servers, this works instead: rustup target add $WASM_TARGET"
  # Written beside and moved, so that an interrupted copy is never taken for a whole one.
  local lib="$sysroot.$$/lib/rustlib/$WASM_TARGET/lib"
  mkdir -p "$lib"
  cp "$work/target/$WASM_TARGET/release/deps/"*.rlib "$lib/"
  rm -f "$lib"/libstd_for_browser-*.rlib
  rm -rf "$sysroot"
  mv "$sysroot.$$" "$sysroot" 2>/dev/null || rm -rf "$sysroot.$$"
  rm -rf "$work"
  took "$start"
}

# What was decided earlier holds as long as its compiler is the same.
if [ -s "$env_file" ]; then
  if ! grep -q BROWSER_CARGO "$env_file"; then
    if rustup_has_target; then exit 0; fi
  elif kept=$(sed -n 's/.*--sysroot=\([^"]*\)".*/\1/p' "$env_file") && [ -d "$kept" ] &&
    [ "${kept##*-}" = "$(debian_release)" ]; then
    exit 0
  fi
fi

if have rustup; then
  if rustup_has_target; then
    use_rustup
    exit 0
  fi
  say "Adding the browser target to Rust (about 10 s, at most 1 min)"
  if timeout 60 rustup target add "$WASM_TARGET" </dev/null >"$SETUP/rustup.log" 2>&1 && rustup_has_target; then
    use_rustup
    exit 0
  fi
  note "Rust's servers cannot be reached; Debian's compiler is used for the browser half."
fi

install_debian_compiler
sysroot="$(cache_folder)/browser-std-$(debian_release)"
if [ ! -d "$sysroot" ]; then build_std "$sysroot"; fi
use_debian "$sysroot"

#!/usr/bin/env bash
# Runs the fuzz targets of the core, each for some minutes: scripts/fuzz.sh [MINUTES [TARGET…]].
# What is found lies in fuzz/artifacts; it becomes a test case beside the code that was wrong.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

minutes=${1:-10}
shift || true

scripts/setup-tools.sh
if ! have c++; then apt_install "a C++ compiler, for the fuzzer" g++; fi
export PATH="$PATH:$(pwd)/$SETUP/fuzz/bin"
if ! have cargo-fuzz; then
  say "Installing cargo-fuzz (a few minutes)"
  cargo install --quiet --locked --root "$SETUP/fuzz" cargo-fuzz
fi

# The fuzzer's instruments are not stable yet; this lets the stable compiler use them.
export RUSTC_BOOTSTRAP=1
targets=("$@")
if [ ${#targets[@]} = 0 ]; then mapfile -t targets < <(cd fuzz && cargo fuzz list); fi
for target in "${targets[@]}"; do
  say "Fuzzing $target for $minutes minutes"
  # The first inputs are those that were found before, or stand in the tests.
  corpus="fuzz/corpus/$target"
  mkdir -p "$corpus"
  seeds=()
  if [ -d "fuzz/seeds/$target" ]; then seeds=("fuzz/seeds/$target"); fi
  dictionary=()
  if [ -f "fuzz/${target%%_*}.dict" ]; then dictionary=(-dict="fuzz/${target%%_*}.dict"); fi
  case "$target" in dmn_*) bytes_max=16384 ;; *) bytes_max=4096 ;; esac
  # One input may take 10 seconds (with all instruments) and 1 GiB.
  (cd fuzz && cargo fuzz build --release "$target")
  cargo fuzz run --release --fuzz-dir fuzz "$target" "$corpus" "${seeds[@]}" -- \
    "${dictionary[@]}" -max_total_time=$((minutes * 60)) -timeout=10 -rss_limit_mb=1024 \
    -max_len=$bytes_max -print_final_stats=1
done

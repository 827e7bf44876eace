#!/usr/bin/env bash
# Draws 10,000 random processes, with as many random ways through them, and looks whether the state
# is always its events folded; `make test` draws 300.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PROPTEST_CASES=${PROPTEST_CASES:-10000} \
  cargo test --locked --release -p spartito-core --test replay -- --nocapture

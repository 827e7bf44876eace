#!/usr/bin/env bash
# Runs the benchmarks of all crates; arguments go to cargo bench.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/setup-tools.sh
exec cargo bench --locked --workspace "$@"

#!/usr/bin/env bash
# Measures Spartito beside SpiffWorkflow and prints a table: a few minutes after the build.
# Arguments go to benches/peers/compare.py, such as `--rounds 5`.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/setup-tools.sh

VENV="$SETUP/peers-venv"
if ! "$VENV/bin/python" -c 'import SpiffWorkflow' 2>/dev/null; then
  say "Installing SpiffWorkflow 3.2.0 into $VENV"
  python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install "Python with venv" python3 python3-venv
  python3 -m venv --clear "$VENV"
  "$VENV/bin/pip" install --quiet --disable-pip-version-check SpiffWorkflow==3.2.0
fi

say "Building the benchmarks (about a quarter of an hour the first time, on two processors)"
cargo bench --quiet --locked -p spartito-core --bench peers_memory --no-run
cargo bench --quiet --locked -p spartito --bench durable --no-run

say "Measuring; other work on this machine would be seen in the figures"
export PYTHONDONTWRITEBYTECODE=1
exec "$VENV/bin/python" benches/peers/compare.py "$@"

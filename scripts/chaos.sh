#!/usr/bin/env bash
# Kills servers 200 times per database at random moments under load, and holds what is found against
# what was acknowledged; lets servers that share a database be killed, paused and cut off five times
# over; starts a server on 1,000,000 open instances; draws 10,000 simulations and 10,000 random
# processes. About an hour, and 12 GB of room for temporary files.
#
# SPARTITO_KILLS, SPARTITO_SEED, SPARTITO_ROUNDS, SPARTITO_OPEN, SPARTITO_TIMERS and SPARTITO_SEEDS
# change how many and which.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

export SPARTITO_KILLS=${SPARTITO_KILLS:-200} SPARTITO_SEEDS=${SPARTITO_SEEDS:-10000}
ROUNDS=${SPARTITO_ROUNDS:-5}
log="$SETUP/logs/chaos.log"
mkdir -p "$SETUP/logs"
: >"$log"
failed=()

# step NAME COMMAND...: runs it, keeps its output, goes on after a failure.
step() {
  local name=$1
  shift
  say "$name"
  if ! "$@" </dev/null 2>&1 | tee -a "$log"; then failed+=("$name"); fi
}

server() { cargo test --locked --test server -- --nocapture --test-threads 1 "$@"; }

step "$SPARTITO_KILLS kills per database" server what_was_acknowledged_survives_every_kill
for ((round = 1; round <= ROUNDS; round++)); do
  step "servers on one database, round $round of $ROUNDS" server nodes:: neighbors::
done
SPARTITO_OPEN=${SPARTITO_OPEN:-1000000} step "start on many open instances" \
  server a_killed_server_with_many_open_instances_is_ready_at_once
SPARTITO_TIMERS=${SPARTITO_TIMERS:-100000} step "timers that are due at once" server case_91
if [ -e tests/simulation.rs ] || [ -e tests/simulation/main.rs ]; then
  step "$SPARTITO_SEEDS simulations" cargo test --locked --test simulation -- --nocapture
fi
step "random processes" scripts/test-deep.sh

printf '\n'
grep -hE '^(database|SQLite|PostgreSQL) ' "$log" | awk '!/^database/ || !seen++' || true
grep -hE '^(SQLite|PostgreSQL): sound' "$log" || true
grep -hE 'open instances|timers in|people served' "$log" | sort -u || true
grep -hE '^SKIPPED' "$log" | sort -u || true
if [ ${#failed[@]} != 0 ]; then
  printf 'FAILED: %s\n' "${failed[@]}"
  exit 1
fi
echo "All passed; the output is in $log."

#!/usr/bin/env bash
# Starts Spartito and the simulated outside world of its examples; Ctrl-C ends both.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

export SPARTITO_SITE="${SPARTITO_SITE:-$SITE}"
sandbox_addr="${SPARTITO_SANDBOX_ADDR:-127.0.0.1:3001}"
binary="$TARGET/release/spartito"

say "Starting Spartito and the simulated outside world of its examples; Ctrl-C ends both"
"$binary" sandbox --addr "$sandbox_addr" &
sandbox=$!
"$binary" serve --connection "sandbox=http://$sandbox_addr" "$@" &
server=$!

# Both end in order: the server first, so that its last calls are still answered.
stop() {
  trap '' INT TERM
  kill -TERM "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  kill -TERM "$sandbox" 2>/dev/null || true
  wait "$sandbox" 2>/dev/null || true
}
trap 'stop; exit 0' INT TERM

code=0
wait -n "$server" "$sandbox" || code=$?
stop
exit "$code"

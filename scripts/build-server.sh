#!/usr/bin/env bash
# Builds the release server, target/release/spartito.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ ! -e "$TARGET/release/spartito" ]; then say "Building the server (about 6 min)"; fi
start=$SECONDS
cargo build --quiet --release --bin spartito
if [ $((SECONDS - start)) -gt 5 ]; then took "$start"; fi

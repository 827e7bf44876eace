#!/usr/bin/env bash
# Builds the release server and the site; installs what is missing first.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

start=$SECONDS
if [ ! -e "$TARGET/release/spartito" ]; then
  say "Building Spartito for the first time; on two cores this takes about 12 min"
fi
scripts/setup-tools.sh
scripts/setup-npm.sh
scripts/build-wasm.sh
scripts/build-assets.sh
scripts/build-server.sh
say "Built in $((SECONDS - start)) s: $TARGET/release/spartito"

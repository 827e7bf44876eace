#!/usr/bin/env bash
# Builds the server of the commit before (or of the one that is given) and lets it work beside the
# present one on one PostgreSQL: what a change of the layout, of words or of stored data breaks for
# an upgrade without a break is seen here.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

commit=$(git rev-parse --verify "${1:-HEAD~1}^{commit}")
root=$PWD
target=$(mkdir -p "$TARGET" && cd "$TARGET" && pwd)
tree=$target/former-source
git worktree prune
[ -e "$tree" ] && git worktree remove --force "$tree"
git worktree add --detach "$tree" "$commit"
trap 'git worktree remove --force "$tree"' EXIT
# Dependencies are shared with the present build.
(cd "$tree" && CARGO_TARGET_DIR="$target" cargo build --locked --bin spartito)
cp "$target/debug/spartito" "$target/spartito-former"
cd "$root"
SPARTITO_FORMER_BINARY="$target/spartito-former" \
  cargo test --locked --test server -- --nocapture case_114

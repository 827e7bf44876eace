#!/usr/bin/env bash
# Puts styles, fonts and public files into target/site, compressed.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/setup-npm.sh
node scripts/assets.mjs "$SITE"
node scripts/compress.mjs "$SITE"

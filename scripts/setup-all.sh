#!/usr/bin/env bash
# Installs everything that building and testing need.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/setup-tools.sh
scripts/setup-npm.sh
scripts/setup-browser-target.sh
scripts/setup-tests.sh

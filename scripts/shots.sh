#!/usr/bin/env bash
# Takes a picture of every screen, at phone and desktop width, in both languages, into LUZHENG_SHOTS (default target/shots).
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh test
scripts/web.sh
cargo build --locked -p luzheng
LUZHENG_SHOTS=$(realpath -m "${LUZHENG_SHOTS:-target/shots}")
export LUZHENG_SHOTS
(cd web && npm run --silent shots)
echo "pictures in $LUZHENG_SHOTS"

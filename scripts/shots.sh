#!/usr/bin/env bash
# Takes a picture of every screen in every form, at phone and desktop width, in both languages and in simple mode, into LUZHENG_SHOTS
# (default target/shots), with an index to look through. The mock back end answers; no server is built.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh test
scripts/web.sh
LUZHENG_SHOTS=$(realpath -m "${LUZHENG_SHOTS:-target/shots}")
export LUZHENG_SHOTS
(cd web && npm run --silent shots)
echo "pictures in $LUZHENG_SHOTS: open index.html"

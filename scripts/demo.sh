#!/usr/bin/env bash
# One command from a fresh checkout to a populated country: `make demo`. Further words go to `luzheng demo`.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh build
scripts/web.sh
cargo build --locked -p luzheng
exec target/debug/luzheng demo --data-dir "${LUZHENG_DEMO_DIR:-demo-data}" ${LUZHENG_DEMO_ARGS:-} "$@"

#!/usr/bin/env bash
# Makes every generated file anew; with --check fails when one in the tree was stale.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --locked -q -p luzheng
target/debug/luzheng openapi > web/api/openapi.json.new
mv web/api/openapi.json.new web/api/openapi.json
(cd web && npm run --silent gen)
if [ "${1:-}" = --check ]; then
  git diff --exit-code --stat -- web/api || { echo "generated files were stale: run make gen and commit" >&2; exit 1; }
fi

#!/usr/bin/env bash
# Installs what is missing and runs every test: Rust on SQLite and PostgreSQL, TypeScript, and a real browser.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh test
scripts/web.sh
cargo build --locked -p luzheng
cargo build --locked -p luzheng-credential --example differential
cargo nextest run --locked --workspace --features luzheng-credential/pkcs11 --no-fail-fast
cargo test --locked --workspace --doc --quiet
(cd web && npm test)
scripts/independent-check.sh
(cd web && npm run screens)
(cd web && npm run e2e)
(cd web && npm run e2e:postgres)

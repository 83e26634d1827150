#!/usr/bin/env bash
# Everything that is judged without running the product.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh build
scripts/need.sh check
step() { echo "== $*" >&2; "$@"; }
step cargo fmt --all --check
scripts/web.sh
step cargo clippy --locked --workspace --all-targets --features luzheng-credential/pkcs11 -- -D warnings
RUSTDOCFLAGS="-D warnings" step cargo doc --locked --workspace --no-deps --document-private-items --quiet
step cargo deny --log-level error check bans licenses sources
echo "== cargo deny advisories: not run (its database is out of reach here)" >&2
step scripts/gen.sh --check
(cd web && step npm run lint && step npm run types)

#!/usr/bin/env bash
# Measures what the issue asks for, in one run, and writes bench/RESULTS.md. Never a test: it fails only when something cannot be measured.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh test
scripts/need.sh bench
scripts/web.sh
cargo build --locked --release -p luzheng --bins --examples
cargo build --locked --release -p luzheng-credential --example pack-size --example differential
cargo bench --locked -p luzheng-credential --bench verify 2>/dev/null | tee target/bench-credential.txt
python3 bench/run.py target/release/luzheng target/bench-credential.txt bench/RESULTS.md

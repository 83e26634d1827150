#!/bin/sh
# Makes the two fonts of printed pages (crates/server/assets/fonts) from Noto Sans Hans of the npm package @embedpdf/fonts-sc.
# Run it after a template or a domain table has got new characters; the result is committed, so a build needs none of this.
# Needs: npm, python3 with venv. Everything else goes into a temporary folder.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$work"
npm pack --silent @embedpdf/fonts-sc@1.0.0 >/dev/null
tar xzf embedpdf-fonts-sc-1.0.0.tgz
python3 -m venv venv
venv/bin/pip install --quiet fonttools==4.68.0
venv/bin/python "$root/scripts/make-font-subset.py" package "$root"
ls -l "$root/crates/server/assets/fonts"

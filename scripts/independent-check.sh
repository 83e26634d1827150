#!/usr/bin/env bash
# Our codes read and verified by programs that are not ours: zbar and zxing-cpp read the pictures, PDFium draws the PDF,
# openssl and Python (cbor2, cryptography) verify trust list and signature. Nothing of Luzheng takes part in the checking.
#
#   independent-check.sh          the golden vectors, then marks that the built binary issues in a scratch demo
#   independent-check.sh FOLDER   a folder with trust.json, root.json and any NAME.txt, NAME.png, NAME.pdf
#
# Needs: python3 with venv, openssl 3, zbarimg. The Python packages go into target/.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

for tool in python3 openssl zbarimg; do
  command -v "$tool" >/dev/null || { echo "independent-check: $tool is absent; scripts/need.sh test installs it" >&2; exit 1; }
done

venv="${CARGO_TARGET_DIR:-$root/target}/independent-venv"
wanted="cbor2==6.2.1 cryptography==50.0.2 pillow==13.0.0 pypdfium2==5.15.2 zxing-cpp==3.1.1"
if [ "$(cat "$venv/wanted" 2>/dev/null)" != "$wanted" ]; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  # shellcheck disable=SC2086
  "$venv/bin/pip" install --quiet --disable-pip-version-check $wanted
  echo "$wanted" > "$venv/wanted"
fi
check() { "$venv/bin/python" "$root/scripts/independent-check.py" "$@"; }

if [ $# -gt 0 ]; then
  check folder "$1"
  exit
fi
check vectors "$root/crates/credential/vectors"

# Marks of a scratch demo, one of an ES256 and one of an SM2 province, as an operator gets them out.
binary="${CARGO_TARGET_DIR:-$root/target}/debug/luzheng"
[ -x "$binary" ] || { echo "independent-check: build the binary first: cargo build -p luzheng" >&2; exit 1; }
scratch=$(mktemp -d)
demo=
stop() {
  if [ -n "$demo" ]; then kill "$demo" 2>/dev/null || true; wait "$demo" 2>/dev/null || true; fi
  rm -rf "$scratch"
}
trap stop EXIT
exec 3< <(exec "$binary" demo --listen 127.0.0.1:0 --data-dir "$scratch/data" 2> "$scratch/demo.log")
demo=$!
url=
while read -r line <&3; do
  case $line in ready\ *) url=${line#ready }; break ;; esac
done
[ -n "$url" ] || { echo "independent-check: the demo ended early:" >&2; cat "$scratch/demo.log" >&2; exit 1; }
"$venv/bin/python" "$root/scripts/independent-check.py" collect "$url" "$binary" "$scratch"
check folder "$scratch/out"

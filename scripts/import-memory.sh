#!/bin/sh
# Imports N synthetic vehicles (a million without an argument) into a fresh embedded database and reports rate and peak resident memory.
# Fails when the peak reaches 300 MB. Usage: scripts/import-memory.sh [VEHICLES] [PATH-OF-luzheng]
set -eu
vehicles=${1:-1000000}
luzheng=${2:-target/release/luzheng}
limit_kb=$((300 * 1000))
folder=$(mktemp -d)
pid=
trap 'rm -rf "$folder"' EXIT
trap '[ -z "$pid" ] || kill "$pid"; exit 130' INT TERM
export LUZHENG_DATABASE="sqlite:$folder/store.sqlite" LUZHENG_DATA_DIR="$folder/data"
"$luzheng" synth --vehicles "$vehicles" --seed 7 --out "$folder/register"
"$luzheng" migrate

# The kernel keeps the peak (VmHWM) as long as the process lives; read it until it is gone.
measure() {
    begin=$(date +%s.%N)
    "$@" >"$folder/out" 2>"$folder/err" &
    pid=$!
    peak=0
    while kill -0 "$pid" 2>/dev/null; do
        now=$(awk '/^VmHWM/ {print $2}' "/proc/$pid/status" 2>/dev/null || true)
        [ -n "$now" ] && [ "$now" -gt "$peak" ] && peak=$now
        sleep 0.05
    done
    code=0
    wait "$pid" || code=$?
    cat "$folder/out"
    cat "$folder/err" >&2
    [ "$code" -eq 0 ] || { echo "exit code $code" >&2; exit 1; }
    end=$(date +%s.%N)
    awk -v n="$vehicles" -v b="$begin" -v e="$end" -v p="$peak" \
        'BEGIN {printf "%.1f s, %.0f rows/s, peak resident %.0f MB\n", e - b, n / (e - b), p / 1000}'
    [ "$peak" -lt "$limit_kb" ] || { echo "the peak is not below $((limit_kb / 1000)) MB" >&2; exit 1; }
}

echo "first import:"
measure "$luzheng" import vehicles "$folder/register/vehicles.csv"
echo "the same file again:"
measure "$luzheng" import vehicles "$folder/register/vehicles.csv"
echo "reconcile:"
measure "$luzheng" reconcile --output "$folder/differences" "$folder/register/vehicles.csv"

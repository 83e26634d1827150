#!/usr/bin/env bash
# What this machine must have, and how it is got.
#   need.sh --report          one sentence for each thing that is absent; exit 1 when something is
#   need.sh build|test|check|bench  installs what it can of what that needs, and says what it cannot
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:---report}
missing=0

have() { command -v "$1" >/dev/null 2>&1; }
pg_bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1; }
has_postgres() { have initdb || { [ -n "$(pg_bin)" ] && [ -x "$(pg_bin)/initdb" ]; }; }
has_chromium() { [ -n "${CHROMIUM:-}" ] || have chromium || have chromium-browser || have google-chrome; }
has_softhsm() { have softhsm2-util; }
has_node() { have node && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ]; }
has_rust() { have cargo && have rustc; }
has_cjk() { have fc-list && [ -n "$(fc-list :lang=zh family 2>/dev/null | head -1)" ]; }

apt_ran=
apt_install() {
  have apt-get || return 1
  local sudo=
  if [ "$(id -u)" != 0 ]; then have sudo && sudo -n true 2>/dev/null && sudo="sudo -n" || return 1; fi
  if [ -z "$apt_ran" ]; then $sudo apt-get update -qq >&2 || true; apt_ran=1; fi
  echo "installing $* (apt-get)" >&2
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# need WORD TEST 'debian packages' 'how to get it'
need() {
  local what=$1 test=$2 packages=$3 how=$4
  "$test" && return 0
  if [ "$mode" != --report ] && [ -n "$packages" ]; then
    # shellcheck disable=SC2086
    apt_install $packages && "$test" && return 0
  fi
  echo "$what is absent: $how" >&2
  missing=1
}

has_cc() { have cc || have gcc || have clang; }
has_cmake_or_not() { true; }
has_nextest() { have cargo-nextest; }
has_deny() { have cargo-deny; }
has_zbar() { have zbarimg; }
has_openssl() { have openssl; }
has_ffmpeg() { have ffmpeg; }
has_poppler() { have pdftotext && have pdfinfo; }
has_wrk() { have wrk; }
has_python() { have python3 && python3 -c 'import venv, ensurepip' 2>/dev/null; }

need "Rust (1.95 or newer)" has_rust "" "install it from https://rustup.rs, then open a new shell."
need "Node (20 or newer, with npm)" has_node "nodejs npm" "install it from https://nodejs.org or your package manager."
need "a C compiler" has_cc "build-essential" "install gcc or clang (Debian: apt-get install build-essential)."
if [ "$mode" = test ] || [ "$mode" = --report ]; then
  need "PostgreSQL (15 or newer, binaries only; no server need run)" has_postgres "postgresql" "Debian: apt-get install postgresql."
  need "Chromium" has_chromium "chromium" "Debian: apt-get install chromium; elsewhere set CHROMIUM to its path."
  need "SoftHSM2" has_softhsm "softhsm2" "Debian: apt-get install softhsm2."
  need "zbar-tools" has_zbar "zbar-tools" "Debian: apt-get install zbar-tools."
  need "OpenSSL's command line" has_openssl "openssl" "Debian: apt-get install openssl."
  need "poppler's tools (an independent reader of printed pages)" has_poppler "poppler-utils" "Debian: apt-get install poppler-utils."
  need "ffmpeg" has_ffmpeg "ffmpeg" "Debian: apt-get install ffmpeg."
  need "a Chinese font" has_cjk "fonts-noto-cjk fontconfig" "Debian: apt-get install fonts-noto-cjk."
  need "Python 3 with venv" has_python "python3 python3-venv" "Debian: apt-get install python3 python3-venv."
fi
if [ "$mode" = bench ] || [ "$mode" = --report ]; then
  need "wrk" has_wrk "wrk" "Debian: apt-get install wrk."
fi

# Tools that come as crates.
crate_tool() {
  local test=$1 crate=$2
  "$test" && return 0
  if [ "$mode" != --report ]; then
    echo "installing $crate (cargo install)" >&2
    cargo install --locked --quiet "$crate" && "$test" && return 0
  fi
  echo "$crate is absent: cargo install --locked $crate" >&2
  missing=1
}
if [ "$mode" = test ] || [ "$mode" = --report ]; then crate_tool has_nextest cargo-nextest; fi
if [ "$mode" = check ] || [ "$mode" = --report ]; then crate_tool has_deny cargo-deny; fi

if [ "$mode" = --report ] && [ "$missing" = 0 ]; then echo "everything needed to build, run and test Luzheng is here"; fi
exit $missing

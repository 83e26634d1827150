#!/usr/bin/env bash
# Installs the front end's packages and builds it, each only when something changed.
set -euo pipefail
cd "$(dirname "$0")/../web"
stamp() { cat "$@" 2>/dev/null | sha256sum | cut -d' ' -f1; }
lock=$(stamp package-lock.json package.json)
if [ ! -d node_modules ] || [ "$(cat node_modules/.luzheng-lock 2>/dev/null)" != "$lock" ]; then
  echo "installing the front end's packages" >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
  echo "$lock" > node_modules/.luzheng-lock
fi
sources=$(find api verify app desk -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
if [ ! -f app/dist/index.html ] || [ ! -f desk/dist/index.html ] || [ "$(cat app/dist/.luzheng-sources 2>/dev/null)" != "$sources" ]; then
  echo "building the front end" >&2
  npm run build >&2
  echo "$sources" > app/dist/.luzheng-sources
fi

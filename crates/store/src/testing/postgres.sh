#!/bin/bash
# A private PostgreSQL for tests, shared by all test processes of one run: no service, no TCP, as root or as a plain user.
#   ensure DIR   starts the server unless it runs, and says so; the caller holds DIR.start
#   stop DIR     stops it now and removes DIR
#   halt DIR     stops it now, as a crash would; what it holds stays
#   resume DIR   starts one that was halted
#   watch DIR    waits until nobody holds DIR.users any more, then stops the server and removes DIR
# SYNCHRONOUS_COMMIT=on for one that is halted: what was committed is then in the log.
# Every test process holds DIR.users shared for its life; the kernel lets go when it dies, however it dies.
set -eu
D=$2
B=${PG_BIN:-$(ls -d /usr/lib/postgresql/*/bin /usr/local/pgsql/bin /opt/homebrew/opt/postgresql*/bin 2>/dev/null | sort -V | tail -1)}
if [ -z "$B" ] && command -v pg_ctl >/dev/null; then B=$(dirname "$(command -v pg_ctl)"); fi
if [ ! -x "$B/initdb" ]; then
  echo "PostgreSQL is needed for the tests and was not found: install it (Debian: apt-get install postgresql) or set PG_BIN to the folder with initdb" >&2
  exit 4
fi
as() { if [ "$(id -u)" = 0 ]; then (cd / && exec runuser -u postgres -- "$@"); else "$@"; fi; }
begin() {
  as "$B/pg_ctl" -D "$D/data" -s -w -l "$D/log" -o "-k $D -c listen_addresses= -c fsync=off -c synchronous_commit=${SYNCHRONOUS_COMMIT:-off} -c full_page_writes=off -c shared_buffers=64MB -c max_connections=200 -c autovacuum=off -c max_wal_size=2GB" start >/dev/null
}
case $1 in
ensure)
  if [ -d "$D/data" ] && as "$B/pg_ctl" -D "$D/data" status >/dev/null 2>&1; then exit 0; fi
  rm -rf "$D"; mkdir -p "$D"
  [ "$(id -u)" != 0 ] || chown postgres "$D"
  as "$B/initdb" -D "$D/data" -A trust -U postgres --no-sync --locale=C.UTF-8 -E UTF8 >/dev/null
  begin
  echo started
  ;;
halt) as "$B/pg_ctl" -D "$D/data" -m immediate -s stop ;;
resume) begin ;;
stop)
  [ ! -d "$D/data" ] || as "$B/pg_ctl" -D "$D/data" -m immediate -s stop || true
  rm -rf "$D"
  ;;
watch)
  idle=0
  while [ -d "$D/data" ]; do
    sleep 3
    if flock -n -x "$D.users" true; then idle=$((idle + 1)); else idle=0; fi
    if [ $idle -ge 5 ]; then
      # Nobody can begin while this holds the start lock; whoever began in the last moment shows in the second look.
      exec 9>"$D.start"; flock -x 9
      if flock -n -x "$D.users" true; then
        as "$B/pg_ctl" -D "$D/data" -m immediate -s stop || true
        rm -rf "$D"
      fi
      flock -u 9; idle=0
    fi
  done
  ;;
esac

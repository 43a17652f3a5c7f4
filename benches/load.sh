#!/usr/bin/env bash
# Figures of a release build on this machine: start on existing data, memory when idle and after the
# load, and requests per second for users list, user detail and todo creation.
# Starts a server of its own on a throw-away data directory and stops it. Needs wrk and curl.
# Usage: benches/load.sh [SECONDS=10] [CONNECTIONS=32] [USERS=10000]
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-10} connections=${2:-32} users=${3:-10000}
for tool in wrk curl; do
  command -v "$tool" >/dev/null || { echo "$tool is missing: apt-get install -y $tool" >&2; exit 1; }
done

cargo build --quiet --release -p wiwebb
work=$(mktemp -d)
export WIWEBB_DATA_DIR=$work/data WIWEBB_BIND=127.0.0.1:0 WIWEBB_LOG=warn
export WIWEBB_LOGIN_RATE=off WIWEBB_USER_RATE=off WIWEBB_ANON_RATE=off
unset DATABASE_URL

server=
finish() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT

target/release/wiwebb demo --users "$users" --tenants 50 >/dev/null
started=$(date +%s%N)
target/release/wiwebb serve >"$work/out" 2>"$work/err" &
server=$!
for _ in $(seq 1000); do
  base=$(grep -oh 'http://[0-9.:]*' "$work/out" "$work/err" | head -n 1 || true)
  [ -n "$base" ] && curl -sf "$base/readyz" >/dev/null && break
  sleep 0.01
done
[ -n "$base" ] || { cat "$work/err" >&2; exit 1; }
ready=$(date +%s%N)

resident() { awk '/VmRSS/{print $2 " kB"}' "/proc/$server/status"; }
printf 'ready on existing data after  %6d ms\n' $(((ready - started) / 1000000))
printf 'resident memory when idle     %s\n' "$(resident)"

api=$base/api/v1
key=$(curl -sf "$api/auth/login/" -H 'Content-Type: application/json' \
  -d '{"username": "demo-superadmin", "password": "wiwebb-demo-2026"}' | sed 's/.*"key":"\([0-9a-f]*\)".*/\1/')
auth="Authorization: Token $key"
id=$(curl -sf -H "$auth" "$api/users/?page_size=1" | sed 's/.*"results":\[{"id":\([0-9]*\).*/\1/')
cat >"$work/todo.lua" <<'LUA'
wrk.method = "POST"
wrk.body = '{"task": "measure"}'
wrk.headers["Content-Type"] = "application/json"
LUA

measure() { # name, wrk arguments
  local name=$1 out; shift
  out=$(wrk -t2 -c"$connections" -d"${seconds}s" --latency -H "$auth" "$@")
  if grep -q 'Non-2xx' <<<"$out"; then printf '%s\n' "$out" >&2; exit 1; fi
  printf '%-28s %10s requests/s   p50 %-9s p99 %s\n' "$name" \
    "$(awk '/Requests\/sec/{print $2}' <<<"$out")" \
    "$(awk '$1=="50%"{print $2}' <<<"$out")" "$(awk '$1=="99%"{print $2}' <<<"$out")"
}

printf '%s users, %s connections, %s s each\n' "$users" "$connections" "$seconds"
measure 'users list, 10 a page' "$api/users/"
measure 'users list by cursor' "$api/users/?cursor="
measure 'user detail' "$api/users/$id/"
measure 'todo creation' -s "$work/todo.lua" "$api/todos/"
printf 'resident memory after it      %s\n' "$(resident)"

#!/usr/bin/env bash
# Measures a release build of the shop under load, on a fresh database of its own, and checks that it still
# adds up. The shop's limits are so wide that nobody reaches them, but counted; everything runs on this one machine.
#   scripts/load.sh               on SQLite
#   DB=mariadb scripts/load.sh    on a private MariaDB that flushes its log at every commit
#   DB=mariadb REDIS=yes scripts/load.sh     and a private Redis
#
#   USERS      shoppers (10000)          CLIENTS  how many ask at once (64), or several: 1,16,64,256
#   SECONDS_EACH  a scenario's time (10) RATE     requests a second, an open loop (none: a closed loop)
#   SCENARIOS  (orders hot scarce claims list mixed)
#   TRIALS     scripts/overload.sh sets it: what damda-overload tries, instead of scenarios
#   DAMDA_BIN and DAMDA_LOAD_BIN (damda-overload beside it): programs that are built already
# Its database and figures (figures.json) stay in target/load until the next time.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/lib.sh
. "$ROOT/scripts/lib.sh"

db="${DB:-sqlite}"
[[ $db =~ ^(sqlite|mariadb)$ ]] || die "DB is '$db': write DB=sqlite or DB=mariadb"
redis="${REDIS:-no}"
[[ $redis =~ ^(yes|no)$ ]] || die "REDIS is '$redis': write REDIS=yes or leave it out"
name="$db$([[ $redis == no ]] || printf '%s' -redis)"
read -r -a scenarios <<<"${SCENARIOS:-orders hot scarce claims list mixed}"
read -r -a trials <<<"${TRIALS:-}"

damda="${DAMDA_BIN:-$CARGO_TARGET_DIR/release/damda}"
damda_load="${DAMDA_LOAD_BIN:-$CARGO_TARGET_DIR/release/damda-load}"
if [[ -z ${DAMDA_BIN:-} || -z ${DAMDA_LOAD_BIN:-} ]]; then
  "$ROOT/scripts/setup.sh" "$([[ $name == sqlite ]] && printf run || printf test)"
  "$ROOT/scripts/build-site.sh"
  "$ROOT/scripts/build-server.sh" release
  cd "$ROOT"
  step "Compiling the load tool (a minute or two the first time)" "$ROOT/target/logs/load.log" \
    cargo build --locked --release --package load --bins
fi

work="$ROOT/target/${TRIALS:+over}load/$name"
server=""
redis_server=""

# shellcheck disable=SC2317  # called by the trap
clean_up() {
  local process
  for process in $server $redis_server; do
    kill -TERM "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
  done
  if [[ $db == mariadb ]]; then "$ROOT/scripts/mariadb.sh" stop "$work/mariadb" || true; fi
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# What ran here before and was cut off must not be measured against.
if [[ -d $work/mariadb ]]; then "$ROOT/scripts/mariadb.sh" stop "$work/mariadb"; fi
rm -rf "$work"
mkdir -p "$work"
cd "$work"

# A port below the range that outgoing connections take theirs from.
free_port() {
  local port
  while :; do
    port=$((10000 + RANDOM % 20000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      printf '%s' "$port"
      return
    fi
  done
}

processes=()
if [[ $db == mariadb ]]; then
  url="$("$ROOT/scripts/mariadb.sh" start "$work/mariadb" durable)"
  port="${url##*:}"
  mariadb --no-defaults --protocol=tcp --host=127.0.0.1 --port="$port" --user=damda --password=damda \
    --execute='CREATE DATABASE shop CHARACTER SET utf8mb4'
  export DATABASE_URL="$url/shop"
  processes+=(--process "mariadb=$(<"$work/mariadb/pid")")
else
  export DATABASE_URL="sqlite://damda.db"
fi

if [[ $redis == yes ]]; then
  port="$(free_port)"
  redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no --dir "$work" >redis.log &
  redis_server=$!
  processes+=(--process "redis=$redis_server")
  export REDIS_URL="redis://127.0.0.1:$port"
fi

JWT_SECRET="$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')"
export JWT_SECRET CHARGES=open
export ORDER_LIMIT=100000/1s CLAIM_LIMIT=100000/60s FAILURE_LIMIT=1000000 LOGIN_LIMIT=off REGISTER_LIMIT=off
LISTEN="127.0.0.1:$(free_port)"
METRICS_LISTEN="127.0.0.1:$(free_port)"
export LISTEN METRICS_LISTEN

say "→ Filling the shop"
"$damda" seed --load --users "${USERS:-10000}" --tokens tokens.txt
"$damda" serve >server.log 2>&1 &
server=$!
processes+=(--process "shop=$server")
deadline=$((SECONDS + 30))
until (exec 3<>"/dev/tcp/${LISTEN%:*}/${LISTEN#*:}") 2>/dev/null; do
  kill -0 "$server" 2>/dev/null || die "the shop ended: $(tail -n 5 server.log)"
  ((SECONDS < deadline)) || die "the shop did not open within 30 seconds: $(tail -n 5 server.log)"
  sleep 0.1
done

if ((${#trials[@]} > 0)); then
  say "→ Overloading $name"
  "$(dirname "$damda_load")/damda-overload" "${trials[@]}" --url "http://$LISTEN" --tokens tokens.txt \
    --process "shop=$server" --seconds "${SECONDS_EACH:-60}" --clients "${CLIENTS:-6000}" \
    --database "$DATABASE_URL" --damda "$damda"
  exit
fi

rate=()
if [[ -n ${RATE:-} ]]; then rate=(--rate "$RATE"); fi
say "→ Measuring on $name"
"$damda_load" "${scenarios[@]}" --url "http://$LISTEN" --tokens tokens.txt --metrics "http://$METRICS_LISTEN" \
  --clients "${CLIENTS:-64}" --seconds "${SECONDS_EACH:-10}" "${rate[@]}" "${processes[@]}" \
  --database "$DATABASE_URL" --damda "$damda" --json figures.json

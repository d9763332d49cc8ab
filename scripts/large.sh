#!/usr/bin/env bash
# How quick the operators' lists are in a large shop: fills a fresh database with a month of orders, asks for every
# list with its filters, and prints how long the server took for each. Fails when the middle one of a list's times is
# 100 ms or more.
#   scripts/large.sh              on SQLite
#   DB=mariadb scripts/large.sh   on a private MariaDB
#   ORDERS     how many (1000000); a tenth as many shoppers, a hundredth as many products
#   TIMES      how often each list is asked for (11)
#   DAMDA_BIN  a program that is built already
# Its database stays in target/large until the next time, and is used again when it holds as many orders.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/lib.sh
. "$ROOT/scripts/lib.sh"

db="${DB:-sqlite}"
orders="${ORDERS:-1000000}"
times="${TIMES:-11}"
[[ $db == sqlite || $db == mariadb ]] || die "DB is sqlite or mariadb, not '$db'"
[[ $orders =~ ^[1-9][0-9]{2,7}$ ]] || die "ORDERS is a number from 100 on, not '$orders'"
damda="${DAMDA_BIN:-$CARGO_TARGET_DIR/release/damda}"
if [[ -z ${DAMDA_BIN:-} ]]; then
  "$ROOT/scripts/setup.sh" test
  "$ROOT/scripts/build-site.sh"
  "$ROOT/scripts/build-server.sh" release
fi
damda="$(realpath "$damda")"
work="$ROOT/target/large/$db"
mkdir -p "$work"
cd "$work"

server=
# shellcheck disable=SC2317  # called by the trap
clean_up() {
  if [[ -n $server ]]; then kill "$server" 2>/dev/null && wait "$server" || true; fi
  if [[ $db == mariadb ]]; then "$ROOT/scripts/mariadb.sh" stop "$work/mariadb"; fi
}
trap clean_up EXIT

if [[ ! -f filled || $(<filled) != "$orders" ]]; then
  rm -rf "${work:?}"/*
fi
if [[ $db == mariadb ]]; then
  url="$("$ROOT/scripts/mariadb.sh" start "$work/mariadb")"
  mariadb --no-defaults --protocol=tcp --host=127.0.0.1 --port="${url##*:}" --user=damda --password=damda \
    --execute='CREATE DATABASE IF NOT EXISTS shop CHARACTER SET utf8mb4'
  export DATABASE_URL="$url/shop"
else
  export DATABASE_URL="sqlite://damda.db"
fi
JWT_SECRET="$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')"
password="$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')"
LISTEN="127.0.0.1:$((10000 + RANDOM % 20000))"
# A check of the books reads everything there is, and would be measured as well.
export JWT_SECRET LISTEN CHARGES=off METRICS_LISTEN=off LOGIN_LIMIT=off DAMDA_LOG=warn VERIFY_EVERY=off
owner=owner@damda.example

if [[ ! -f filled ]]; then
  step "Filling the shop with $orders orders (some minutes)" "$work/fill.log" "$damda" seed --large --orders "$orders"
  printf '%s' "$password" | "$damda" admin create "$owner" --role owner --password-stdin
  step "Checking the books" "$work/verify.log" "$damda" verify
  printf '%s' "$orders" >filled
else
  printf '%s' "$password" | "$damda" user reset-password "$owner" --password-stdin
fi

"$damda" serve >server.log 2>&1 &
server=$!
deadline=$((SECONDS + 60))
until curl -sf "http://$LISTEN/readyz" >/dev/null; do
  kill -0 "$server" 2>/dev/null || die "the shop ended: $(tail -n 5 server.log)"
  ((SECONDS < deadline)) || die "the shop did not open within 60 seconds: $(tail -n 5 server.log)"
  sleep 0.1
done
jar="$work/cookies"
rm -f "$jar"
curl -sf -o /dev/null -c "$jar" --data-urlencode "email=$owner" --data-urlencode "password=$password" -d next=/admin \
  "http://$LISTEN/fn/login"

# One list, as often as asked: its least, middle and greatest time in milliseconds.
measure() {
  local path="$1" status
  for ((i = 0; i < times; i++)); do
    curl -s -o answer.html -b "$jar" -w '%{http_code} %{time_total}\n' "http://$LISTEN$path"
  done >times.txt
  status="$(cut -d ' ' -f 1 times.txt | sort -u | tr '\n' ' ')"
  [[ $status == "200 " ]] || die "$path answered $status"
  cut -d ' ' -f 2 times.txt | sort -n | awk -v path="$path" '
    { ms[NR] = $1 * 1000 }
    END { printf "| `%s` | %.0f | %.0f | %.0f |\n", path, ms[1], ms[int((NR + 1) / 2)], ms[NR]
          exit ms[int((NR + 1) / 2)] >= 100 }'
}

# The first cursor on a page leads to its second one; later ones cost the same, as they are found by a key.
second_page() {
  grep -o "href=\"$1[^\"]*cursor=[^\"]*\"" answer.html | head -n 1 | sed 's/^href="//; s/"$//; s/&amp;/\&/g' || true
}

email=load-500@damda.example
day="$(date -u -d '10 days ago' +%F)"
lists=(
  /admin
  "/admin?over=15m"
  "/admin?over=24h"
  "/admin?over=3d"
  /admin/popular
  "/admin/popular?by=sales"
  /admin/products
  "/admin/products?q=7"
  "/admin/products?category=music&state=retired"
  /admin/products/77
  /admin/coupons
  /admin/events
  "/admin/events?kind=order.pending"
  "/admin/events?sent=no"
  /admin/recovery
  "/admin/recovery?status=PENDING"
  /admin/orders
  "/admin/orders?status=COMPLETED"
  "/admin/orders?status=FAILED"
  "/admin/orders?email=$email"
  "/admin/orders?email=$email&status=COMPLETED"
  "/admin/orders?product=1"
  "/admin/orders?product=1&status=COMPLETED"
  "/admin/orders?product=1&status=FAILED"
  "/admin/orders?product=77"
  "/admin/orders?from=$day&until=$day"
  "/admin/orders?product=1&status=COMPLETED&from=$day&until=$day"
  "/admin/orders?product=77&status=EXPIRED&from=$day"
  /admin/audit
  /admin/alerts
  /admin/operators
  /admin/customers
  "/admin/customers?email=$email"
  "/admin/customers?email=load"
  "/admin/customers?email=load&state=frozen"
  "/admin/customers?name=%EC%86%90%EB%8B%98"
  "/admin/customers?name=%EC%86%90%EB%8B%98&state=frozen"
  "/admin/customers?state=active"
  "/admin/customers?state=frozen"
  "/admin/customers?state=blocked"
  "/admin/customers?state=closed"
  "/admin/customers?people=1"
  /admin/customers/500
  "/admin/orders?user=500"
  /admin/adjustments
)
say ""
say "Milliseconds until the whole page was there, of $times times each, with $orders orders on $db:"
say ""
say "| list | least | middle | most |"
say "|---|---:|---:|---:|"
slow=0
for path in "${lists[@]}"; do
  measure "$path" || slow=$((slow + 1))
  next="$(second_page "${path%%\?*}")"
  if [[ -n $next ]]; then measure "$next" || slow=$((slow + 1)); fi
done
say ""
if ((slow > 0)); then die "$slow lists took 100 ms or longer"; fi
say "Every list took less than 100 ms."

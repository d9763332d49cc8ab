#!/usr/bin/env bash
# Proves that the race tests bite. Builds them once with the feature `loose-guards`, runs them as they are, and
# then once more without each guard (shop/src/guards.rs); prints which races failed without which guard.
#   scripts/bite.sh [GUARD…]      all guards, or only these
# Fails when the unmodified run fails, or when a removal does not fail the races that are that guard's own.
# docs/races.md has its last table.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/lib.sh
. "$ROOT/scripts/lib.sh"
cd "$ROOT"

# GUARD|SUITE/RACE that must fail without it, one or more|where its removal can be seen, and what covers it elsewhere
guards=(
  "row-count|shop/guarded::a_guarded_update_alone_|below the locks only: in the shop, rows are locked before they are written"
  "unique-keys|shop/guarded::the_unique_key_alone_ http/races::a_request_is_done_once_|on MariaDB: the one writer of SQLite sees every row before it writes"
  "sorted-locks|shop/guarded::lone_orders_of_the_same_products_|on MariaDB, as deadlocks: the desks try again and mostly get through"
  "read-committed|shop/instances::a_transaction_on_mariadb_|on MariaDB, and as deadlocks of gaps between request ids"
  "coupon-step|shop/guarded::the_gate_alone_ redis/crowds::the_step_alone_ http/races::a_piece_is_one_shoppers_|at the gate, which lets too many pass; the database refuses them, but pieces stay counted that nobody has"
  "request-claim|shop/instances::two_instances_take_one_request_id_ http/races::a_request_is_done_once_|between instances: one instance also knows its own requests"
  "held-step|shop/guarded::a_paid_order_alone_ http/races::a_piece_is_one_shoppers_|between batches: within one, the decision knows the order before"
  "owed-room|shop/races::charges_never_take_the_room_|a charge takes what a refund waits for, which then waits on"
)

# The suites: where each is, its program among the tests of that folder, and which of its tests are races.
suites=(shop redis http)
declare -A folder=([shop]=shop [redis]=server [http]=server)
declare -A program=([shop]=all [redis]=redis [http]=contract)
declare -A races=([shop]="races:: instances:: guarded::" [redis]="crowds:: gates:: instances::two_instances_" [http]="races::")
declare -A title=([shop]="in process" [redis]="at a Redis" [http]="over HTTP")

logs="$ROOT/target/logs/bite"
work="$(mktemp -d "${TMPDIR:-/tmp}/damda-bite.XXXXXX")"

# shellcheck disable=SC2317  # called by the trap
clean_up() {
  "$ROOT/scripts/mariadb.sh" stop "$work/mariadb" || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Where cargo put the test program of a suite, by what it said while building.
find_tests() {
  sed -n '/"kind":\["test"\]/s/.*"name":"'"${program[$1]}"'".*"executable":"\([^"]*\)".*/\1/p' "$logs/build.log" | tail -n 1
}

# Runs a suite's races without a guard, or with all of them: run_races SUITE LOG [GUARD]
# Fails when a race does.
run_races() {
  local began=$SECONDS code=0
  local -a filters
  read -r -a filters <<<"${races[$1]}"
  (cd "$ROOT/${folder[$1]}" && DAMDA_WITHOUT_GUARD="${3:-}" timeout 1800 "${tests[$1]}" "${filters[@]}") >"$2" 2>&1 || code=$?
  grep -q '^test result: ' "$2" || die "the races ${title[$1]} did not come to an end; see $2"
  say "  ${title[$1]}: $(count_failed "$2") of $(count_run "$2") fail, in $(spell_seconds $((SECONDS - began)))"
  return "$code"
}

# The races that failed, one a line: `races::name (sqlite, mariadb)`.
list_failed() {
  awk '/^test .* \.\.\. FAILED$/ {
    name = $2; variant = ""
    if (match(name, /::(three_on_)?(sqlite|mariadb)$/)) {
      variant = substr(name, RSTART + 2); name = substr(name, 1, RSTART - 1)
    }
    if (!(name in seen)) { order[++count] = name; seen[name] = "" }
    if (variant != "") seen[name] = seen[name] (seen[name] == "" ? "" : ", ") variant
  }
  END { for (i = 1; i <= count; i++) print order[i] (seen[order[i]] == "" ? "" : " (" seen[order[i]] ")") }' "$1" | sort
}

count_failed() { grep -c '^test .* \.\.\. FAILED$' "$1" || true; }

count_run() { grep -Ec '^test .* \.\.\. (ok|FAILED)$' "$1" || true; }

# A line of the table: row NAME TEXT
row() { table+=("$(printf '%-15s %s' "$1" "$2")"); }

for name in "$@"; do
  [[ " ${guards[*]%%|*} " == *" $name "* ]] || die "$name is no guard"
done
"$ROOT/scripts/setup.sh" check
mkdir -p "$logs"
# Without naming the packages: of other features the same crates would be compiled again.
step "Building the races with guards that come off (3 minutes the first time)" "$logs/build.log" \
  cargo test --locked --features shop/loose-guards,server/loose-guards \
  --test all --test redis --test contract --no-run --message-format=json
declare -A tests
for suite in "${suites[@]}"; do
  tests[$suite]="$(find_tests "$suite")"
  [[ -x ${tests[$suite]} ]] || die "cargo named no program of ${program[$suite]} in $logs/build.log"
done
DAMDA_TEST_MYSQL="$("$ROOT/scripts/mariadb.sh" start "$work/mariadb")"
export DAMDA_TEST_MYSQL

table=()
row "every guard" "none fails:"
say "→ Running the races as they are (a minute and a half)"
for suite in "${suites[@]}"; do
  log="$logs/none.$suite.log"
  if ! run_races "$suite" "$log"; then
    list_failed "$log" | sed 's/^/  ✗ /'
    die "the races fail with every guard in place; see $log"
  fi
  row "" "${title[$suite]}: 0 of $(count_run "$log") fail"
done

toothless=0
for entry in "${guards[@]}"; do
  IFS='|' read -r guard own seen <<<"$entry"
  if (($# > 0)) && [[ " $* " != *" $guard "* ]]; then continue; fi
  say "→ Running the races without $guard (a minute, with HTTP a minute and a half)"
  table+=("")
  row "$guard" "seen $seen"
  for suite in "${suites[@]}"; do
    [[ " $own" == *" $suite/"* ]] || continue
    log="$logs/$guard.$suite.log"
    run_races "$suite" "$log" "$guard" || true
    row "" "${title[$suite]}: $(count_failed "$log") of $(count_run "$log") fail"
    while read -r race; do row "" "  $race"; done < <(list_failed "$log")
  done
  for race in $own; do
    if ! grep -q "^test ${race#*/}.* \.\.\. FAILED\$" "$logs/$guard.${race%%/*}.log"; then
      row "" "✗ ${race#*/}… ${title[${race%%/*}]} should fail without it, and does not"
      toothless=$((toothless + 1))
    fi
  done
done

say ""
say "What fails without which guard:"
say ""
printf '%s\n' "${table[@]}"
say ""
((toothless == 0)) || die "$toothless races do not notice that the guard is gone which they are there for"
say "Every guard is missed. All of it took $(spell_seconds "$SECONDS")."

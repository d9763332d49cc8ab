#!/usr/bin/env bash
# Proves that the race tests bite. Builds them once with the feature `loose-guards`, runs them as they are, and
# then once more without each guard (shop/src/guards.rs); prints which races failed without which guard.
#   scripts/bite.sh [GUARD…]      all guards, or only these
# Fails when the unmodified run fails, or when a removal does not fail the race that is that guard's own.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/lib.sh
. "$ROOT/scripts/lib.sh"
cd "$ROOT"

# GUARD|the race that must fail without it|where its removal can be seen, and what covers it elsewhere
guards=(
  "row-count|guarded::a_guarded_update_alone_|below the locks only: in the shop, rows are locked before they are written"
  "unique-keys|guarded::the_unique_key_alone_|on MariaDB: the one writer of SQLite sees every row before it writes"
  "sorted-locks|guarded::lone_orders_of_the_same_products_|on MariaDB, as deadlocks: the desks try again and mostly get through"
  "read-committed|instances::a_transaction_on_mariadb_|on MariaDB, and as deadlocks of gaps between request ids"
  "coupon-step|guarded::the_gate_alone_|at the gate: too many pass, and the database refuses them"
  "request-claim|instances::two_instances_take_one_request_id_|between instances: one instance also knows its own requests"
  "held-step|guarded::a_paid_order_alone_|between batches: within one, the decision knows the order before"
)
races=(races:: instances:: guarded::)
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

# Without these guards, or with all of them: run_races LOG [GUARD]
run_races() {
  cd "$ROOT/shop" && DAMDA_WITHOUT_GUARD="${2:-}" timeout 1800 "$tests" "${races[@]}" >"$1" 2>&1
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

"$ROOT/scripts/setup.sh" check
mkdir -p "$logs"
step "Building the races with guards that come off (3 minutes the first time)" "$logs/build.log" \
  cargo test --locked --package shop --features loose-guards --test all --no-run --message-format=json
tests="$(sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' "$logs/build.log" | tail -n 1)"
[[ -x $tests ]] || die "cargo named no program in $logs/build.log"
DAMDA_TEST_MYSQL="$("$ROOT/scripts/mariadb.sh" start "$work/mariadb")"
export DAMDA_TEST_MYSQL

say "→ Running the races as they are (about a minute)"
if ! (run_races "$logs/none.log"); then
  list_failed "$logs/none.log" | sed 's/^/  ✗ /'
  die "the races fail with every guard in place; see $logs/none.log"
fi
total="$(grep -c '^test .* \.\.\. ok$' "$logs/none.log")"

table=("$(printf '%-15s %s' "every guard" "0 of $total races fail")")
toothless=0
for entry in "${guards[@]}"; do
  IFS='|' read -r guard own seen <<<"$entry"
  if (($# > 0)) && [[ " $* " != *" $guard "* ]]; then continue; fi
  say "→ Running the races without $guard (about a minute)"
  (run_races "$logs/$guard.log" "$guard") || true
  grep -q '^test result: ' "$logs/$guard.log" || die "the races without $guard did not come to an end; see $logs/$guard.log"
  table+=("" "$(printf '%-15s %s' "$guard" "$(count_failed "$logs/$guard.log") of $total races fail; seen $seen")")
  while read -r race; do table+=("$(printf '%-15s   %s' "" "$race")"); done < <(list_failed "$logs/$guard.log")
  if ! grep -q "^test $own.* \.\.\. FAILED\$" "$logs/$guard.log"; then
    table+=("$(printf '%-15s   %s' "" "✗ $own… should fail without it, and does not")")
    toothless=$((toothless + 1))
  fi
done

say ""
say "What fails without which guard:"
say ""
printf '%s\n' "${table[@]}"
say ""
((toothless == 0)) || die "$toothless guards can be taken out without the race that is theirs noticing"
say "Every guard is missed."

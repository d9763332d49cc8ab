#!/usr/bin/env bash
# Lets the shop fail at every failpoint (shop/src/failpoints.rs) in every way, on every store, idle and under load, and
# prints what came of it as a table. docs/crashes.md has its last one. A quarter of an hour or so.
#   scripts/crash.sh [PART]      all cells, or those whose name has this part: pay.commit, kill, MariaDB
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/lib.sh
. "$ROOT/scripts/lib.sh"
cd "$ROOT"

work="$(mktemp -d "${TMPDIR:-/tmp}/damda-crash.XXXXXX")"

# shellcheck disable=SC2317  # called by the trap
clean_up() {
  "$ROOT/scripts/mariadb.sh" stop "$work/mariadb" || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

"$ROOT/scripts/setup.sh" test
"$ROOT/scripts/build-server.sh" dev
DAMDA_TEST_MYSQL="$("$ROOT/scripts/mariadb.sh" start "$work/mariadb")"
export DAMDA_TEST_MYSQL
say "→ Letting the shop fail, several shops at a time"
DAMDA_CRASH_CELLS="${1:-}" cargo test --locked --test crash -- --ignored --nocapture

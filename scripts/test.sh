#!/usr/bin/env bash
# Runs every test there is and ends with one line: N passed, N failed.
# One suite's failure does not keep the others from running.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/lib.sh
. "$ROOT/scripts/lib.sh"
cd "$ROOT"

logs="$ROOT/target/logs"
work="$(mktemp -d "${TMPDIR:-/tmp}/damda-test.XXXXXX")"
passed=0
failed=0
summary=()

# shellcheck disable=SC2317  # called by the trap
clean_up() {
  local cluster
  for cluster in "$work"/damda-cluster-*/; do
    if [[ -d $cluster ]]; then "$ROOT/end2end/cluster.sh" stop "$cluster" || true; fi
  done
  "$ROOT/scripts/mariadb.sh" stop "$work/mariadb" || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Adds a suite to the sums: record NAME PASSED FAILED [IGNORED]
record() {
  passed=$((passed + $2))
  failed=$((failed + $3))
  local line
  printf -v line '  %-34s %5d passed %5d failed' "$1" "$2" "$3"
  if ((${4:-0} > 0)); then line+=" ($4 ignored)"; fi
  summary+=("$line")
}

# A suite that is one command, and counts as one test: one NAME TITLE LOG COMMAND…
one() {
  local name="$1"
  shift
  if step "$@"; then record "$name" 1 0; else record "$name" 0 1; fi
}

finish() {
  local minutes
  minutes="$(spell_seconds "$SECONDS")"
  say ""
  say "After $minutes:"
  printf '%s\n' "${summary[@]}"
  say ""
  say "$passed passed, $failed failed"
  if ((failed > 0)); then exit 1; fi
  exit 0
}

if ! "$ROOT/scripts/setup.sh" test; then
  record "setting up" 0 1
  finish
fi
CHROMIUM="$(find_browser)"
export CHROMIUM

site=true
"$ROOT/scripts/build-site.sh" || site=false

# ---------------------------------------------------------------- Rust

if "$ROOT/scripts/build-server.sh" dev; then
  # Another clone may use the same cache: keep the program that was built from this one.
  ln "$CARGO_TARGET_DIR/debug/damda" "$work/damda" 2>/dev/null || cp "$CARGO_TARGET_DIR/debug/damda" "$work/damda"
  if DAMDA_TEST_MYSQL="$("$ROOT/scripts/mariadb.sh" start "$work/mariadb")"; then
    export DAMDA_TEST_MYSQL
    code=0
    step "Running the Rust tests, on SQLite and MariaDB (about 13 minutes)" "$logs/rust-tests.log" \
      cargo test --locked --no-fail-fast || code=$?
    read -r good bad ignored < <(count_cargo "$logs/rust-tests.log" "$code")
    record "Rust" "$good" "$bad" "$ignored"
    "$ROOT/scripts/mariadb.sh" stop "$work/mariadb"
  else
    record "Rust (no MariaDB)" 0 1
  fi
else
  record "Rust (does not compile)" 0 1
fi

# The rules do no I/O: without its server feature the shop builds with no database, also for browsers.
one "rules alone, here" "Checking shop without features" "$logs/shop-host.log" \
  cargo check --locked --package shop
one "rules alone, in a browser" "Checking shop without features for wasm32" "$logs/shop-wasm.log" \
  cargo check --locked --package shop --target wasm32-unknown-unknown

# ---------------------------------------------------------------- the API against its document

if [[ -x $work/damda ]]; then
  step "Trying the API against its document (about 2 minutes)" "$logs/fuzz-api.log" \
    env TMPDIR="$work" "$ROOT/scripts/fuzz-api.sh" "$work/damda" "$logs" || true
  read -r good bad < <(tail -n 1 "$logs/fuzz-api.log" | grep -E '^[0-9]+ [0-9]+$' || printf '0 1\n')
  record "API against its document" "$good" "$bad"
else
  record "API against its document (no program)" 0 1
fi

# ---------------------------------------------------------------- the contract behind nginx

if [[ -x $work/damda ]]; then
  one "contract behind nginx" "Keeping to the contract behind nginx (a minute)" "$logs/contract-nginx.log" \
    env DAMDA_BIN="$work/damda" "$ROOT/scripts/contract-behind-nginx.sh" "$work/damda-cluster-contract"
else
  record "contract behind nginx (no program)" 0 1
fi

# ---------------------------------------------------------------- the browser

one "browser tests, types" "Checking the types of the browser tests" "$logs/end2end-types.log" \
  npm --prefix end2end run --silent types

# A suite of Playwright: browse NAME TITLE NPM-SCRIPT PROGRAM
browse() {
  local name="$1" title="$2" script="$3" program="$4" code=0 good bad ignored
  local report="$logs/browser-$script.json"
  if [[ $site == false || ! -x $program ]]; then
    record "$name (no pages or no program to test)" 0 1
    return
  fi
  rm -f "$report"
  step "$title" "$logs/browser-$script.log" \
    env TMPDIR="$work" DAMDA_BIN="$program" PLAYWRIGHT_JSON_OUTPUT_FILE="$report" \
    npm --prefix end2end run --silent "$script" || code=$?
  read -r good bad ignored < <(count_playwright "$report" "$code")
  record "$name" "$good" "$bad" "$ignored"
}

browse "browser" "Running the shop in a browser (25 minutes)" test "$work/damda"

# ---------------------------------------------------------------- the program as it is released

# Optimised, the compiler looks deeper and may refuse what it takes otherwise; and this is what people run.
released="$work/released"
if "$ROOT/scripts/build-server.sh" release; then
  record "released program, compiles" 1 0
  cp "$CARGO_TARGET_DIR/release/damda" "$released"
else
  record "released program, compiles" 0 1
fi
browse "three instances" "Running the shop on three instances behind nginx (3 minutes)" cluster "$released"

finish

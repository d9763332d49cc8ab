#!/usr/bin/env bash
# The quick look before a commit: format, lints, and the Rust tests that need no database server.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/lib.sh
. "$ROOT/scripts/lib.sh"
cd "$ROOT"

"$ROOT/scripts/setup.sh" check
logs="$ROOT/target/logs"

step "Checking the format" "$logs/fmt.log" cargo fmt --all --check
step "Checking shop without features" "$logs/shop-host.log" cargo check --locked --package shop
step "Checking shop without features for wasm32" "$logs/shop-wasm.log" \
  cargo check --locked --package shop --target wasm32-unknown-unknown
step "Linting (4 minutes the first time)" "$logs/clippy.log" \
  cargo clippy --locked --all-targets -- -D warnings
step "Linting the browser's side (3 minutes the first time)" "$logs/clippy-wasm.log" \
  cargo clippy --locked --package frontend --target wasm32-unknown-unknown -- -D warnings
if command -v shellcheck >/dev/null; then
  step "Linting the scripts" "$logs/shellcheck.log" shellcheck -x scripts/*.sh end2end/*.sh .ci/run
fi

code=0
step "Running the Rust tests on SQLite (8 minutes the first time)" "$logs/check-tests.log" \
  env -u DAMDA_TEST_MYSQL cargo test --locked --no-fail-fast || code=$?
read -r good bad ignored < <(count_cargo "$logs/check-tests.log" "$code")
say "$good passed, $bad failed, $ignored ignored; the tests on MariaDB and in a browser are in \`make test\`"
exit "$code"

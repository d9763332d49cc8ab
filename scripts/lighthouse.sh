#!/usr/bin/env bash
# Lighthouse on the pages that sell, as a telephone: prints a table, and fails under 95 of 100 in anything.
# The shop is the release program on a fresh demo database, stopped at the end; DAMDA_BIN names another
# program, LIGHTHOUSE_RUNS how often each page is measured (3; the run in the middle counts).
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/lib.sh
. "$ROOT/scripts/lib.sh"
cd "$ROOT"

"$ROOT/scripts/setup.sh" test
npm_packages "$ROOT/end2end/lighthouse"
if [[ -z ${DAMDA_BIN:-} ]]; then
  "$ROOT/scripts/build-site.sh"
  "$ROOT/scripts/build-server.sh" release
  DAMDA_BIN="$CARGO_TARGET_DIR/release/damda"
fi
export DAMDA_BIN
CHROMIUM="$(find_browser)"
export CHROMIUM
export LIGHTHOUSE_REPORTS="$ROOT/target/lighthouse"

rm -rf "$LIGHTHOUSE_REPORTS"
code=0
step "Measuring the pages (3 minutes)" "$ROOT/target/logs/lighthouse.log" \
  npm --prefix end2end run --silent lighthouse || code=$?
if [[ -f $LIGHTHOUSE_REPORTS/table.txt ]]; then
  say ""
  cat "$LIGHTHOUSE_REPORTS/table.txt"
  say ""
  say "SEO of the checkout is judged without the audit that it can be found: it is private and must not be."
  say "The reports, to open in a browser: target/lighthouse/*.html"
fi
exit "$code"

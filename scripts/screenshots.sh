#!/usr/bin/env bash
# Takes a picture of every page, 390 and 1280 wide, light and dark, into end2end/screenshots/.
# They are for looking at; nothing compares them.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/lib.sh
. "$ROOT/scripts/lib.sh"
cd "$ROOT"

"$ROOT/scripts/setup.sh" test
"$ROOT/scripts/build-site.sh"
"$ROOT/scripts/build-server.sh" dev
CHROMIUM="$(find_browser)"
export CHROMIUM
rm -rf end2end/screenshots
step "Taking the pictures (about a minute)" "$ROOT/target/logs/screenshots.log" \
  env DAMDA_BIN="$CARGO_TARGET_DIR/debug/damda" npm --prefix end2end run --silent screenshots
say "$(find end2end/screenshots -name '*.png' | wc -l) pictures in end2end/screenshots/"

#!/usr/bin/env bash
# Takes pictures of every page in each of its states, in both languages, light and dark, 1280 and 390 wide,
# into end2end/screenshots/. They are for looking at (index.html shows them all); nothing compares them.
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
step "Taking the pictures (a few minutes)" "$ROOT/target/logs/screenshots.log" \
  env DAMDA_BIN="$CARGO_TARGET_DIR/debug/damda" npm --prefix end2end run --silent screenshots
(
  cd end2end/screenshots
  printf '<!doctype html><meta charset="utf-8"><title>Every page</title><style>body{font:14px sans-serif;background:#888}figure{display:inline-block;margin:8px;vertical-align:top}img{width:320px;display:block}</style>\n'
  find . -name '*.png' | LC_ALL=C sort | while read -r picture; do
    printf '<figure><a href="%s"><img loading="lazy" src="%s"></a><figcaption>%s</figcaption></figure>\n' "$picture" "$picture" "${picture#./}"
  done
) >end2end/screenshots/index.html
say "$(find end2end/screenshots -name '*.png' | wc -l) pictures in end2end/screenshots/"

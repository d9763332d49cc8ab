#!/usr/bin/env bash
# Builds the shop (release) and serves the demo on SQLite. LISTEN chooses another address.
# The demo's data lives in target/demo: delete the folder, or `make clean`, to begin again.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/lib.sh
. "$ROOT/scripts/lib.sh"

"$ROOT/scripts/setup.sh" run
"$ROOT/scripts/build-site.sh"
"$ROOT/scripts/build-server.sh" release

damda="$CARGO_TARGET_DIR/release/damda"
demo="$ROOT/target/demo"
logins="$demo/logins.txt"
mkdir -p "$demo"
# Relative, so that no character of the clone's path needs escaping in a URL.
export DATABASE_URL="sqlite://damda.db"
export LISTEN="${LISTEN:-127.0.0.1:3000}"
cd "$demo"

# The logins are written only when the seed has succeeded; half a demo is made again from nothing.
if [[ ! -s $logins ]]; then
  rm -f damda.db damda.db-wal damda.db-shm
  say "→ Filling the demo shop"
  "$damda" seed --demo >"$logins.part"
  mv "$logins.part" "$logins"
fi

say ""
cat "$logins"
say ""
say "The shop is at http://$LISTEN (Ctrl-C stops it)"
exec "$damda" serve

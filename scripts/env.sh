# shellcheck shell=bash
# Where things are, in one place. Sourced by every script here; it writes nothing but the cache's
# folders, and prints nothing. Source it yourself to work by hand with the same tools:
#   . scripts/env.sh
#
#   DAMDA_CACHE    where tools and compiled crates are kept, outside the clone (default ~/.cache/damda)
#   CHROMIUM       the browser for the tests, when it is not one of the usual names
#
# Sets ROOT, CACHE, TOOLS, SCHEMATHESIS, PATH and CARGO_TARGET_DIR.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export ROOT

# True if the folder exists, or could be made, and a file can be written into it.
damda_can_write() {
  mkdir -p "$1" 2>/dev/null && (: >"$1/.probe.$$") 2>/dev/null && rm -f "$1/.probe.$$"
}

CACHE="${DAMDA_CACHE:-${HOME:+$HOME/.cache/damda}}"
case "$CACHE" in
  /*) ;;
  "") CACHE="$ROOT/target/cache" ;;
  *) CACHE="$PWD/$CACHE" ;;
esac
if ! damda_can_write "$CACHE"; then
  CACHE="$ROOT/target/cache"
  mkdir -p "$CACHE"
fi
export CACHE
# The scripts that this one starts must come to the same answer.
export DAMDA_CACHE="$CACHE"

export TOOLS="$CACHE/tools"
# The version is that of scripts/schemathesis.txt.
export SCHEMATHESIS="$TOOLS/schemathesis"
export CARGO_TARGET_DIR="$CACHE/target"

# A rustup that is installed but not yet on this shell's PATH is found as well.
case ":$PATH:" in
  *":$TOOLS/bin:"*) ;;
  *) PATH="$ROOT/node_modules/.bin:$TOOLS/bin:$PATH${HOME:+:$HOME/.cargo/bin}" ;;
esac
export PATH

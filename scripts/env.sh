# shellcheck shell=bash
# Where things are, in one place. Sourced by every script here; it writes nothing but the cache's
# folders, and prints nothing. Source it yourself to work by hand with the same tools:
#   . scripts/env.sh
#
#   DAMDA_CACHE    where tools and compiled crates are kept, outside the clone (default ~/.cache/damda)
#   CHROMIUM       the browser for the tests, when it is not one of the usual names
#
# Sets ROOT, CACHE, TOOLS, SCHEMATHESIS, KAFKA_TOOLS, OTLP_TOOLS, PATH and CARGO_TARGET_DIR.

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
# The versions are those of scripts/kafka.txt.
export KAFKA_TOOLS="$TOOLS/kafka"
# The versions are those of scripts/otlp.txt.
export OTLP_TOOLS="$TOOLS/otlp"
export CARGO_TARGET_DIR="$CACHE/target"

# OpenSSL goes into the program (.cargo/config.toml says so), which works only from a folder that is named:
# what pkg-config finds in the system's own folders is always linked to.
if OPENSSL_LIB_DIR="$(pkg-config --variable=libdir libssl 2>/dev/null)"; then
  OPENSSL_INCLUDE_DIR="$(pkg-config --variable=includedir libssl)"
  export OPENSSL_LIB_DIR OPENSSL_INCLUDE_DIR
else
  unset OPENSSL_LIB_DIR
fi

# A rustup that is installed but not yet on this shell's PATH is found as well.
case ":$PATH:" in
  *":$TOOLS/bin:"*) ;;
  *) PATH="$ROOT/node_modules/.bin:$TOOLS/bin:$PATH${HOME:+:$HOME/.cargo/bin}" ;;
esac
export PATH

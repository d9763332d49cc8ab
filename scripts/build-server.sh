#!/usr/bin/env bash
# Compiles the program: build-server.sh release, or dev with all Rust tests. cargo knows what changed,
# so a second time takes a second. The site is embedded: build it first.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/lib.sh
. "$ROOT/scripts/lib.sh"
cd "$ROOT"

case "${1:-release}" in
  release)
    step "Compiling the shop (10 minutes the first time, else seconds)" "$ROOT/target/logs/server.log" \
      cargo build --locked --release --package server --bin damda
    ;;
  dev)
    # Program and tests in one build: apart they would ask for other features of the same crates,
    # and compile those twice.
    step "Compiling the shop and its tests (8 minutes the first time)" "$ROOT/target/logs/server-dev.log" \
      cargo build --locked --bins --tests
    ;;
  *) die "usage: build-server.sh release|dev" ;;
esac

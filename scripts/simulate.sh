#!/usr/bin/env bash
# Runs random histories on the shop and on its model, until they differ or time is up: docs/simulation.md.
#   scripts/simulate.sh               for a minute, from a seed on that the clock says
#   MINUTES=60 scripts/simulate.sh    for an hour
#   FROM=1 scripts/simulate.sh        from this seed on
#   SEED=7 scripts/simulate.sh        the history of one seed, step by step
#   SEED=7 WITHOUT=3,4 scripts/simulate.sh    the same without some of its steps
# On one core; several may run at once, from other seeds on.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/lib.sh
. "$ROOT/scripts/lib.sh"
cd "$ROOT"

for number in "${MINUTES:=1}" "${FROM:=$(date +%s)000000}" "${SEED:=0}"; do
  [[ $number =~ ^[0-9]+$ ]] || die "'$number' is no number"
done
export SIMULATE_MINUTES="$MINUTES" SIMULATE_FROM="$FROM" SIMULATE_WITHOUT="${WITHOUT:-}"
if [[ $SEED != 0 ]]; then export SIMULATE_SEED="$SEED"; fi

"$ROOT/scripts/setup.sh" check
step "Compiling the simulation (a few minutes the first time)" "$ROOT/target/logs/simulation.log" \
  cargo test --locked --profile simulation --package shop --test simulation --no-run
cargo test --quiet --locked --profile simulation --package shop --test simulation -- \
  --ignored --exact --nocapture simulate_for_as_long_as_asked

#!/usr/bin/env bash
# The contract's list (server/tests/contract) through nginx and three instances, which are started for it in an
# empty DIR and stopped after it:
#   scripts/contract-behind-nginx.sh DIR
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/lib.sh
. "$ROOT/scripts/lib.sh"
cd "$ROOT"

[[ $# == 1 ]] || die "usage: contract-behind-nginx.sh DIR"
trap '"$ROOT/end2end/cluster.sh" stop "$1"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The limits have checks of their own, which count what one shop answers.
CLUSTER_SETTINGS="ORDER_LIMIT=off CLAIM_LIMIT=off FAILURE_LIMIT=off LOGIN_LIMIT=off REGISTER_LIMIT=off" \
  "$ROOT/end2end/cluster.sh" start "$1"
# shellcheck source=/dev/null
. "$1/env"
export DAMDA_TEST_BALANCER DAMDA_TEST_MYSQL_URL
# Without naming the package: of other features the same crates would be compiled again.
cargo test --locked --test contract -- the_contract_holds_behind_a_balancer

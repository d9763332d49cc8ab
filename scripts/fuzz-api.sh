#!/usr/bin/env bash
# Sends the API a few thousand good and bad requests, made from its own document by schemathesis, and fails
# at the first kind of answer that the document does not allow, or that is a fault of ours:
#   scripts/fuzz-api.sh [PROGRAM] [LOG-FOLDER]
# The shop is a private demo on SQLite, on a free port, without limits so that requests go deep; afterwards
# every invariant of it must still hold. What is asked is in schemathesis.toml. The last line it prints is
# "PASSED FAILED", operations of the API.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/lib.sh
. "$ROOT/scripts/lib.sh"

program="${1:-$CARGO_TARGET_DIR/debug/damda}"
logs="${2:-$ROOT/target/logs}"
[[ -x $program ]] || die "there is no program at $program: build it with scripts/build-server.sh dev"
[[ -x $SCHEMATHESIS/bin/schemathesis ]] || die "schemathesis is missing: scripts/setup.sh test installs it"
mkdir -p "$logs"
logs="$(cd "$logs" && pwd)"
program="$(cd "$(dirname "$program")" && pwd)/$(basename "$program")"

work="$(mktemp -d "${TMPDIR:-/tmp}/damda-fuzz.XXXXXX")"
shop=""
# shellcheck disable=SC2317  # called by the trap
clean_up() {
  if [[ -n $shop ]]; then
    kill "$shop" 2>/dev/null || true
    wait "$shop" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

cd "$work"
export LISTEN=127.0.0.1:0 METRICS_LISTEN=off DAMDA_LOG=info
export ORDER_LIMIT=off CLAIM_LIMIT=off FAILURE_LIMIT=off LOGIN_LIMIT=off REGISTER_LIMIT=off
"$program" seed --demo >/dev/null
# There before it is read: the shop starts beside this script.
: >"$work/said"
"$program" serve >"$work/said" 2>"$logs/fuzz-shop.log" &
shop=$!

# It says where it listens once it does.
url=""
for _ in $(seq 100); do
  url="$(sed -n 's/.*(listening on \(127\.0\.0\.1:[0-9]*\)).*/http:\/\/\1/p' "$work/said")"
  if [[ -n $url ]]; then break; fi
  kill -0 "$shop" 2>/dev/null || die "the shop did not start: $(tail -n 3 "$logs/fuzz-shop.log")"
  sleep 0.1
done
[[ -n $url ]] || die "the shop did not say within ten seconds where it listens"

token="$("$SCHEMATHESIS/bin/python" - "$url" <<'PYTHON'
import json, sys, urllib.request
body = json.dumps({"email": "shopper@damda.example", "password": "damda-shopper"}).encode()
request = urllib.request.Request(sys.argv[1] + "/api/v1/auth/login", body, {"content-type": "application/json"})
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
print(json.load(opener.open(request, timeout=10))["access_token"])
PYTHON
)"

report="$work/report.xml"
code=0
NO_PROXY='*' timeout 300 "$SCHEMATHESIS/bin/schemathesis" --config-file "$ROOT/scripts/schemathesis.toml" run \
  "$url/api/openapi.json" --header "Authorization: Bearer $token" --no-color \
  --report-junit-path "$report" || code=$?

kill "$shop"
ended=0
wait "$shop" || ended=$?
shop=""
problems=0
if ((ended != 0)); then
  say "the shop ended with exit code $ended"
  problems=$((problems + 1))
fi
# A fault is in the log even where an answer hid it.
if grep -E 'ERROR|panicked' "$logs/fuzz-shop.log"; then problems=$((problems + 1)); fi
"$program" verify || problems=$((problems + 1))

# Operations that passed and failed. A run that ended badly without naming one has failed.
"$SCHEMATHESIS/bin/python" - "$report" "$code" "$problems" <<'PYTHON'
import sys
import xml.etree.ElementTree as xml
report, code, problems = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
passed = failed = 0
try:
    for case in xml.parse(report).iter("testcase"):
        if case.find("failure") is None and case.find("error") is None:
            passed += 1
        else:
            failed += 1
except (OSError, xml.ParseError):
    pass
failed += problems
if failed == 0 and (code != 0 or passed == 0):
    failed = 1
print(passed, failed)
sys.exit(1 if failed else 0)
PYTHON

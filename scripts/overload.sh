#!/usr/bin/env bash
# Gives a release build of the shop more than this machine can serve, and checks what is promised then: whoever is
# accepted is answered within two seconds, the rest are told at once, memory stays bounded, and all is normal again
# within seconds (docs/overload.md). Ends with 1 when a promise is broken, and with `damda verify` in any case.
#   scripts/overload.sh               on SQLite
#   DB=mariadb scripts/overload.sh    on a private MariaDB that flushes its log at every commit
#   DB=mariadb REDIS=yes scripts/overload.sh     and a private Redis
#
#   TRIALS        (orders looks logins nuisances)
#   SECONDS_EACH  how long three times too many come (60)
#   CLIENTS       how many shoppers may wait for an answer at once (6000)
# The rest is as in scripts/load.sh, which does the work. Everything stays in target/overload until the next time.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/lib.sh
. "$ROOT/scripts/lib.sh"

# Ten thousand idle connections are as many files, here and there.
files=20000
ulimit -n "$files" 2>/dev/null ||
  die "a process may open $(ulimit -Hn) files on this machine, and $files are needed: raise the hard limit (ulimit -Hn)"

export TRIALS="${TRIALS:-orders looks logins nuisances}"
exec "$ROOT/scripts/load.sh"

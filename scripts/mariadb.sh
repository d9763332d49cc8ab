#!/usr/bin/env bash
# A private MariaDB for the tests: its own data folder, its own free port on 127.0.0.1.
#   scripts/mariadb.sh start DIR [durable]
#                                  makes it if need be, starts it, prints mysql://damda:damda@127.0.0.1:PORT
#   scripts/mariadb.sh stop DIR    stops it and waits until it is gone; DIR stays
# A server that ended comes back where it was, if its port is still free. DAMDA_DB_OPTIONS are further options of
# the server, words with blanks between.
# Never touches a database service of the machine. It is tuned for haste: a power cut would lose data. Only a
# durable one flushes its log at every commit, as a shop's must.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/lib.sh
. "$ROOT/scripts/lib.sh"

[[ ($# == 2 && $1 =~ ^(start|stop)$) || ($# == 3 && "$1 $3" == "start durable") ]] ||
  die "usage: mariadb.sh start DIR [durable] | stop DIR"
haste=(--innodb-flush-log-at-trx-commit=2 --debug-no-sync)
if [[ ${3:-} == durable ]]; then haste=(--innodb-flush-log-at-trx-commit=1); fi
read -r -a options <<<"${DAMDA_DB_OPTIONS:-}"
mkdir -p "$2"
dir="$(cd "$2" && pwd)"
pid_file="$dir/pid"
socket="$dir/socket"
error_log="$dir/error.log"

# The process of this folder's server, if it runs: never one that merely got its number later.
running_pid() {
  local pid
  [[ -s $pid_file ]] && read -r pid <"$pid_file" || return 1
  [[ -r /proc/$pid/cmdline ]] && tr '\0' '\n' <"/proc/$pid/cmdline" | grep -Fxq -- "--pid-file=$pid_file" || return 1
  printf '%s' "$pid"
}

stop() {
  local pid deadline=$((SECONDS + 60))
  pid="$(running_pid)" || return 0
  kill -TERM "$pid"
  while running_pid >/dev/null; do
    if ((SECONDS >= deadline)); then
      kill -KILL "$pid" 2>/dev/null || true
      die "MariaDB ($pid) did not stop within a minute and was killed; its log is $error_log"
    fi
    sleep 0.05
  done
}

ask() { mariadb --no-defaults --protocol=socket --socket="$socket" --user=root --batch --skip-column-names "$@"; }

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Starts the server on a port; fails if it ends before it answers (somebody else took the port).
launch() {
  local port="$1" pid deadline=$((SECONDS + 60))
  rm -f "$pid_file"
  # A session of its own, so that Ctrl-C reaches the tests first and they can stop it in good order.
  setsid "$mariadbd" --no-defaults "${as_user[@]}" \
    --datadir="$dir/data" --tmpdir="$dir/tmp" --socket="$socket" --pid-file="$pid_file" --log-error="$error_log" \
    --bind-address=127.0.0.1 --port="$port" --skip-name-resolve \
    --character-set-server=utf8mb4 \
    --max-connections=600 --innodb-buffer-pool-size=256M --innodb-log-file-size=128M \
    "${haste[@]}" --performance-schema=OFF "${options[@]}" \
    </dev/null >>"$error_log" 2>&1 &
  pid=$!
  until ask --execute='SELECT 1' >/dev/null 2>&1; do
    if ! kill -0 "$pid" 2>/dev/null && ! running_pid >/dev/null; then return 1; fi
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}

if [[ $1 == stop ]]; then
  stop
  exit 0
fi

if running_pid >/dev/null; then die "a MariaDB is already running in $dir"; fi
((${#socket} < 100)) || die "the path $dir is too long for a socket: choose a shorter one"
mariadbd="$(find_mariadbd)" || die "mariadbd is missing: run scripts/setup.sh test"
as_user=()
if ((EUID == 0)); then as_user=(--user=root); fi

if [[ ! -d $dir/data/mysql ]]; then
  mkdir -p "$dir/data"
  # Told a --user, mariadb-install-db would also take over a folder of the machine's own MariaDB.
  # So the server is told, by way of a program in its place.
  bootstrap="$dir/bootstrap"
  printf '#!/bin/sh\nexec %q "$@" %s\n' "$mariadbd" "${as_user[*]}" >"$bootstrap"
  chmod +x "$bootstrap"
  MYSQLD_BOOTSTRAP="$bootstrap" mariadb-install-db --no-defaults --datadir="$dir/data" \
    --auth-root-authentication-method=normal --skip-test-db >"$dir/install.log" 2>&1 ||
    die "MariaDB's data folder could not be made: $(tail -n 20 "$dir/install.log")"
fi

# A folder of its own: a server that starts deletes the temporary tables of every other in the same one.
mkdir -p "$dir/tmp"

# Below the range that outgoing connections take their ports from.
for turn in 0 1 2 3 4 5; do
  port=$((20000 + RANDOM % 10000))
  # First the one it had, so that who knows its address finds it again.
  if ((turn == 0)) && [[ -s $dir/port ]]; then port="$(<"$dir/port")"; fi
  port_is_free "$port" || continue
  if launch "$port"; then
    printf '%s\n' "$port" >"$dir/port"
    ask >/dev/null <<'SQL' || { stop; die "the account for the tests could not be made"; }
CREATE USER IF NOT EXISTS 'damda'@'%' IDENTIFIED BY 'damda';
GRANT ALL PRIVILEGES ON *.* TO 'damda'@'%' WITH GRANT OPTION;
DELETE FROM mysql.global_priv WHERE User = '';
FLUSH PRIVILEGES;
SQL
    printf 'mysql://damda:damda@127.0.0.1:%s\n' "$port"
    exit 0
  fi
  stop
done
die "MariaDB did not start; the end of its log: $(tail -n 20 "$error_log")"

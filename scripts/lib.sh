# shellcheck shell=bash
# Small helpers that the scripts share. Sourced after env.sh.

say() { printf '%s\n' "$*"; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# A number of seconds for people: 75 -> 1m15s.
spell_seconds() {
  if (($1 < 60)); then printf '%ds' "$1"; else printf '%dm%02ds' $(($1 / 60)) $(($1 % 60)); fi
}

# Runs a long command with its output in a file: step TITLE LOG COMMAND…
# Every 20 seconds it says how far the log has come, so that neither a person nor a build machine
# takes a compiler for a dead process. When the command fails, the whole output is shown.
step() {
  local title="$1" log="$2" began=$SECONDS pulse code=0
  shift 2
  mkdir -p "$(dirname "$log")"
  say "→ $title"
  : >"$log"
  (
    while sleep 20 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
      last="$(tail -c 2000 "$log" 2>/dev/null | tr '\r' '\n' | grep -av '^[[:space:]]*$' | tail -n 1 | cut -c 1-90 || true)"
      printf '  … %s  %s\n' "$(spell_seconds $((SECONDS - began)))" "$last"
    done
  ) &
  pulse=$!
  "$@" >>"$log" 2>&1 </dev/null || code=$?
  kill "$pulse" 2>/dev/null || true
  wait "$pulse" 2>/dev/null || true
  if ((code != 0)); then
    say "✗ $title: exit code $code after $(spell_seconds $((SECONDS - began))); what it printed:"
    # Without cargo's list of what it compiled on the way.
    grep -aEv '^ +(Compiling|Checking|Downloading|Downloaded) ' "$log" | sed 's/^/  | /' || true
    return "$code"
  fi
  say "  done in $(spell_seconds $((SECONDS - began)))"
}

# The version of a crate in Cargo.lock.
locked_version() {
  awk -v want="name = \"$1\"" '$0 == want { getline; gsub(/version = |"/, ""); print; exit }' "$ROOT/Cargo.lock"
}

# One figure for the content (not the dates) of all files under the given paths.
fingerprint() {
  (
    cd "$ROOT" || exit
    local path
    for path in "$@"; do
      if [[ -e $path ]]; then find "$path" -type f -not -path 'public/fonts/*' -print0; fi
    done | LC_ALL=C sort -z | xargs -0 -r sha256sum | sha256sum | cut -d ' ' -f 1
  )
}

# Installs a folder's npm packages exactly as locked, unless that was done already.
# No package's install script runs: none that we use needs one.
npm_packages() {
  local folder="$1" stamp want
  stamp="$folder/node_modules/.damda-lock"
  want="$(sha256sum <"$folder/package-lock.json")"
  if [[ -f $stamp && $(<"$stamp") == "$want" ]]; then return 0; fi
  step "Installing the npm packages of ${folder#"$ROOT/"} (about 10 seconds)" "$ROOT/target/logs/npm.log" \
    npm --prefix "$folder" ci --ignore-scripts --no-audit --no-fund
  printf '%s\n' "$want" >"$stamp"
}

# True if this program is a browser that starts; Ubuntu's chromium-browser is only a hint to use snap.
is_browser() {
  command -v "$1" >/dev/null 2>&1 && "$1" --version 2>/dev/null </dev/null | grep -Eq '^(Chromium|Google Chrome|Microsoft Edge|Brave).* [0-9]+\.'
}

# Prints the path of a Chromium-like browser, or fails.
find_browser() {
  local name
  if [[ -n ${CHROMIUM:-} ]]; then
    is_browser "$CHROMIUM" || return 1
    command -v "$CHROMIUM"
    return
  fi
  for name in chromium google-chrome-stable google-chrome chrome chromium-browser microsoft-edge \
    "${HOME:-/nonexistent}"/.cache/ms-playwright/chromium-*/chrome-linux*/chrome; do
    if is_browser "$name"; then
      command -v "$name"
      return
    fi
  done
  return 1
}

# MariaDB's server lives in sbin, which a plain user's PATH leaves out.
find_mariadbd() {
  PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v mariadbd
}

# Prints "PASSED FAILED IGNORED" of a `cargo test` log, given its exit code: count_cargo LOG CODE
# Whatever ended badly without a counted failure (a compile error, an abort) is one failure, and so is
# a log in which no test ran.
count_cargo() {
  awk -v code="$2" '
    /^test result: / {
      for (i = 2; i <= NF; i++) {
        if ($i == "passed;") passed += $(i - 1)
        if ($i == "failed;") failed += $(i - 1)
        if ($i == "ignored;") ignored += $(i - 1)
      }
    }
    END {
      if (failed == 0 && (code != 0 || passed == 0)) failed = 1
      print passed + 0, failed + 0, ignored + 0
    }' "$1"
}

# The same of Playwright's JSON report: count_playwright REPORT CODE
# A test that passed only on a second try, or did not run, has failed.
count_playwright() {
  node -e '
    const [report, code] = process.argv.slice(1);
    let passed = 0, failed = 0;
    try {
      const { stats, errors } = JSON.parse(require("fs").readFileSync(report, "utf8"));
      passed = stats.expected;
      failed = stats.unexpected + stats.flaky + stats.skipped + errors.length;
    } catch {}
    if (failed === 0 && (code !== "0" || passed === 0)) failed = 1;
    console.log(passed, failed, 0);
  ' "$1" "$2"
}

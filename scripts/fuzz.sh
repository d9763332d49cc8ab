#!/usr/bin/env bash
# Lets a fuzzer look for bytes that break the shop, for so many minutes; docs/fuzzing.md says what is tried.
#   scripts/fuzz.sh [TARGET|all] [MINUTES]
# All targets are as many programs at once. They take only what the machine has to spare. What is learnt on the way is
# kept in the cache for the next time, and what breaks the shop beside it. Fails when something was found.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/lib.sh
. "$ROOT/scripts/lib.sh"
cd "$ROOT"

target="${1:-all}"
minutes="${2:-60}"
[[ $minutes =~ ^[1-9][0-9]{0,3}$ ]] || die "MINUTES is a whole number, not '$minutes'"
mapfile -t known < <(basename -s .rs fuzz/targets/*.rs)
targets=("$target")
if [[ $target == all ]]; then targets=("${known[@]}"); fi
for target in "${targets[@]}"; do
  [[ " ${known[*]} " == *" $target "* ]] || die "there is no target '$target': TARGET is all, or one of ${known[*]}"
done

"$ROOT/scripts/setup.sh" fuzz
export CARGO_TARGET_DIR="$CACHE/fuzz-target"
programs="$CARGO_TARGET_DIR/$(rustc -vV | sed -n 's/^host: //p')/release"
# Without a sanitizer: no code of ours is unsafe, the C parts would not be looked into, and all of it would take
# twice the time. So the compiler of rust-toolchain.toml is enough.
step "Building the fuzzer's programs (an hour of one core's work the first time)" "$ROOT/target/logs/fuzz-build.log" \
  cargo fuzz build --fuzz-dir fuzz --sanitizer none

runs="$CACHE/fuzz_targets_run"
gentle=(nice -n 19)
if command -v chrt >/dev/null; then gentle=(chrt --idle 0 nice -n 19); fi
# Files of shops that live for a minute need no disk.
temporary="${TMPDIR:-/tmp}"
if [[ -w /dev/shm ]]; then temporary=/dev/shm; fi
temporary="$(mktemp -d "$temporary/damda-fuzz.XXXXXX")"
running=()
# shellcheck disable=SC2317  # called by the trap
clean_up() {
  local job
  for job in "${running[@]}"; do pkill -P "$job" 2>/dev/null || true; done
  wait
  rm -rf "$temporary"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Runs one target; its log ends with the processor's seconds.
run() {
  local name="$1" place="$runs/$1" kept=()
  if [[ -d fuzz/regressions/$name ]]; then kept=("fuzz/regressions/$name"); fi
  TIMEFORMAT='processor seconds: %U %S'
  time TMPDIR="$temporary" "${gentle[@]}" "$programs/$name" -artifact_prefix="$place/found/" -dict=fuzz/words.dict \
    -max_total_time=$((minutes * 60)) -timeout=30 -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1 \
    "$place/corpus" "fuzz/corpus/$name" "${kept[@]}"
}

say "→ Trying ${#targets[@]} target(s) for $minutes minute(s); logs are in $runs"
for name in "${targets[@]}"; do
  mkdir -p "$runs/$name/corpus" "$runs/$name/found"
  run "$name" >"$runs/$name/log" 2>&1 &
  running+=($!)
done
code=0
began=$SECONDS
for job in "${running[@]}"; do wait "$job" || code=1; done
running=()

# What a log says behind a word, the last time it says it.
said() { grep -oE "$2[ :]+[0-9.]+" "$1" | tail -n 1 | grep -oE '[0-9.]+$' || printf -- '-'; }

printf '\n%-20s %12s %12s %10s %10s %8s\n' target 'CPU minutes' executions edges corpus found
for name in "${targets[@]}"; do
  log="$runs/$name/log"
  cpu="$(awk '/^processor seconds:/ { printf "%.1f", ($3 + $4) / 60 }' "$log")"
  found="$(find "$runs/$name/found" -type f -newer "$temporary" | wc -l)"
  printf '%-20s %12s %12s %10s %10s %8s\n' "$name" "$cpu" "$(said "$log" number_of_executed_units:)" "$(said "$log" cov)" \
    "$(said "$log" corp)" "$found"
done
say ""
if ((code != 0)); then die "something was found after at most $(spell_seconds $((SECONDS - began))): the ends of the logs say what, and docs/fuzzing.md what to do"; fi
say "Nothing was found in $(spell_seconds $((SECONDS - began)))."

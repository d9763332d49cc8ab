#!/usr/bin/env bash
# Builds what the browser gets (wasm, JavaScript, stylesheet, fonts, pictures) into site/, which the
# server then embeds. Does nothing when no input changed since the last time; `--force` builds anyway.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/lib.sh
. "$ROOT/scripts/lib.sh"
cd "$ROOT"

# Everything that can change a byte of the site. server/ is not among them.
inputs=(app frontend shop/src shop/Cargo.toml style public
  Cargo.toml Cargo.lock rust-toolchain.toml .cargo/config.toml package-lock.json scripts/build-site.sh)
stamp="$ROOT/target/site.inputs"

now="$(fingerprint "${inputs[@]}")"
if [[ ${1:-} != --force && -f $stamp && -d site/pkg && $(<"$stamp") == "$now" ]]; then
  say "✓ The pages in site/ are up to date"
  exit 0
fi
rm -f "$stamp"

fonts="$ROOT/node_modules/pretendard/dist"
mkdir -p public/fonts/pretendard
# A typeface in 92 pieces: a browser fetches only those whose letters are on the page.
cp -p "$fonts"/web/variable/woff2-dynamic-subset/*.woff2 public/fonts/pretendard/
cp -p "$fonts/LICENSE.txt" public/fonts/pretendard/LICENSE.txt

# tailwindcss and wasm-opt come from node_modules/.bin and wasm-bindgen from the cache (env.sh puts
# both on PATH); cargo-leptos would otherwise download its own.
step "Building the pages (5 minutes the first time)" "$ROOT/target/logs/site.log" \
  cargo leptos build --release --frontend-only

for file in site/pkg/damda.js site/pkg/damda.wasm site/pkg/damda.css; do
  [[ -s $file ]] || die "the build ended well but left no $file; its log is target/logs/site.log"
done
mkdir -p "$ROOT/target"
printf '%s\n' "$now" >"$stamp"

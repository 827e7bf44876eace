#!/usr/bin/env bash
# Runs every check and test, goes on after a failure, and ends with "N passed, N failed".
#
# A check such as formatting counts as one; tests are counted as their runners report them.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# No step may hang: it is ended and counts as failed.
STEP_MINUTES_MAX=40

logs="$SETUP/logs"
mkdir -p "$logs"
passed=0
failed=0
skipped=0
summary=()
begun=$SECONDS
# At a terminal Ctrl-C must reach the step; elsewhere its time limit must reach all its processes.
ending=(--kill-after=20)
if [ -t 1 ]; then ending+=(--foreground); fi

# count_rust LOG and count_browser REPORT set `ok`, `bad` and `left` from what a runner reported.
count_rust() {
  read -r ok bad left < <(awk '/^test result:/ { ok += $4; bad += $6; left += $8 }
    END { print ok + 0, bad + 0, left + 0 }' "$1")
}
count_browser() {
  ok=0 bad=0 left=0
  if [ ! -s "$1" ]; then return; fi
  read -r ok bad left < <(node -e '
    const { stats } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
    console.log(stats.expected + stats.flaky, stats.unexpected, stats.skipped);' "$1")
}

# failed_rust LOG and failed_browser REPORT name the tests that failed, so that the end of the output
# says what to look at.
failed_rust() { sed -nE 's/^test (.*) \.\.\. FAILED$/  \1/p' "$1"; }
failed_browser() {
  if [ ! -s "$1" ]; then return; fi
  node -e '
    const walk = (suite) => {
      for (const { file, line, title, ok } of suite.specs ?? []) if (!ok) console.log(`  ${file}:${line} ${title}`);
      (suite.suites ?? []).forEach(walk);
    };
    JSON.parse(require("fs").readFileSync(process.argv[1], "utf8")).suites.forEach(walk);' "$1"
}

# failed_check LOG gives the errors of a compiler, which stand anywhere, or else the end.
failed_check() { grep -E -A 2 '^error(\[|:)' "$1" | grep -v '^--$' | head -n 30 || tail -n 5 "$1"; }

# step NAME KIND COMMAND...: runs it without input, keeps its output, adds to the counts.
step() {
  local name=$1 kind=$2 start=$SECONDS code=0 ok bad left=0 word
  shift 2
  say "$name"
  timeout "${ending[@]}" "${STEP_MINUTES_MAX}m" "$@" </dev/null 2>&1 | tee "$logs/$name.log" || code=$?
  case $kind in
    rust) count_rust "$logs/$name.log" ;;
    browser) count_browser "$browser_report" ;;
    *) ok=0 bad=0; if [ "$code" = 0 ]; then ok=1; fi ;;
  esac
  # A failure without a failed test (it did not compile, it was ended) is one too.
  if [ "$code" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  if [ "$code" = 0 ] && [ "$ok" = 0 ]; then bad=1 && note "Nothing was run: that is a failure."; fi
  passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + left))
  word=ok
  if [ "$bad" != 0 ]; then word=FAILED; fi
  summary+=("$(printf '%-16s %-7s %5s passed %4s failed %4s skipped %5s s' \
    "$name" "$word" "$ok" "$bad" "$left" $((SECONDS - start)))")
  if [ "$bad" = 0 ]; then return; fi
  case $kind in
    rust) summary+=("$(failed_rust "$logs/$name.log")") ;;
    browser) summary+=("$(failed_browser "$browser_report")") ;;
    *) summary+=("$(failed_check "$logs/$name.log")") ;;
  esac
}

# The advisory database lives on a server that not every machine can reach; that is said, not hidden.
check_advisories() {
  local log="$logs/advisories-fetch.log"
  if timeout 120 "$SETUP/cargo-deny" --locked fetch db >"$log" 2>&1 </dev/null; then
    step advisories check "$SETUP/cargo-deny" --locked check --disable-fetch advisories
  else
    say "advisories"
    note "The database of known weaknesses cannot be reached from here; this check was left out."
    summary+=("$(printf '%-16s %s' advisories "left out: its database cannot be reached")")
  fi
}

browser_report="$(cd "$logs" && pwd)/browser.json"
rm -f "$browser_report"

step set-up check scripts/setup-all.sh
step format check cargo fmt --all --check
step licenses check "$SETUP/cargo-deny" --locked --log-level error check bans licenses sources
check_advisories
step rust-tests rust cargo test --locked --workspace --no-fail-fast
step spans rust cargo test --locked --features otlp --test otlp
step build check scripts/build.sh
built=$(cd "$TARGET" && pwd)
SPARTITO_BINARY="$built/release/spartito" SPARTITO_SITE="$built/site" \
  PLAYWRIGHT_JSON_OUTPUT_NAME="$browser_report" step browser-tests browser \
  node_modules/.bin/playwright test --config end2end/playwright.config.ts
step lint check cargo clippy --locked --workspace --lib --bins -- -D warnings
# Tests are held to what is denied; warnings of style are shown there, not counted.
step lint-tests check cargo clippy --locked --workspace --all-targets
step lint-browser check scripts/clippy-browser.sh --locked

printf '\n'
printf '%s\n' "${summary[@]}"
printf 'In %d min %d s; the output of each step is in %s.\n' \
  $(((SECONDS - begun) / 60)) $(((SECONDS - begun) % 60)) "$logs"
if [ "$skipped" != 0 ]; then echo "$skipped skipped"; fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

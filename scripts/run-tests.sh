#!/usr/bin/env bash
# Runs the tests of one build folder: unit tests and checks (ctest), then the scenarios (tests/run) against its binary.
#
#   scripts/run-tests.sh build/release
#
# Both run even if the first one fails; the last line sums up.
set -uo pipefail
cd "$(dirname "$0")/.."
build=$(cd "$1" && pwd)
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT

ctest --test-dir "$build" --output-on-failure -j "$(nproc)" 2>&1 | tee "$log/unit"
unit=$?
sanitized=0
grep -qE '^GATEHOUSE_SANITIZE:[A-Z]+=.' "$build/CMakeCache.txt" && sanitized=1
GATEHOUSE_SANITIZED=$sanitized GATEHOUSE_BINARY="$build/gatehouse-test" tests/run 2>&1 | tee "$log/scenarios"
scenarios=$?

# "100% tests passed, 0 tests failed out of 21" and "=== 3 failed, 61 passed, 1 skipped in 41.20s ==="
read -r unit_failed unit_all < <(sed -nE 's/.* ([0-9]+) tests failed out of ([0-9]+).*/\1 \2/p' "$log/unit" | tail -n 1)
count() { sed -nE '/ in [0-9.]+s/s/.*[^0-9]([0-9]+) '"$1"'.*/\1/p; /^[0-9]+ '"$1"'.* in /s/^([0-9]+).*/\1/p' "$log/scenarios" | tail -n 1; }
passed=$(count passed) failed=$(count failed) errors=$(count 'errors?')
failed=$((${failed:-0} + ${errors:-0}))
echo
echo "${unit_all:-0} unit test programs and checks, $((${passed:-0} + failed)) scenarios:"
echo "$((${unit_all:-0} - ${unit_failed:-0} + ${passed:-0})) passed, $((${unit_failed:-0} + failed)) failed"
[[ $unit -eq 0 && $scenarios -eq 0 ]]

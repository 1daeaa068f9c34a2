#!/usr/bin/env bash
# Runs each fuzz target of a build folder for some seconds, from the seeds in fuzz/corpus/.
#
#   scripts/run-fuzz.sh build/fuzz 60
#
# New inputs stay in BUILD/found/, so that the next run goes on from there; what crashes a target lies in BUILD/crashes/.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1 seconds=$2
mkdir -p "$build/crashes"
for source in fuzz/*_fuzz.cpp; do
  target=$(basename "$source" .cpp)
  mkdir -p "$build/found/$target"
  echo "$target: $seconds s"
  if ! "$build/fuzz/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1 \
      -artifact_prefix="$build/crashes/$target-" "$build/found/$target" "fuzz/corpus/$target" >"$build/$target.log" 2>&1; then
    tail -n 60 "$build/$target.log" >&2
    echo "$target found something: $build/crashes/" >&2
    exit 1
  fi
  sed -n 's/^stat::number_of_executed_units: */  runs: /p' "$build/$target.log"
done

#!/usr/bin/env bash
# Runs every fuzzer for some time, all at once and at the lowest priority, and says what they found.
#   scripts/fuzz.sh [SECONDS]      of each fuzzer; 1200 without
# What a fuzzer finds is kept in build/fuzz/findings, and makes a good new seed in tests/fuzz/seeds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=${1:-1200}
[[ $seconds =~ ^[0-9]+$ ]] || { echo "usage: fuzz.sh [SECONDS]" >&2; exit 2; }

cmake --preset fuzz
cmake --build --preset fuzz

out=$PWD/build/fuzz/findings
rm -rf "$out"
mkdir -p "$out"
for seeds in tests/fuzz/seeds/*; do
  name=${seeds##*/}
  found=build/fuzz/tests/fuzz/found/$name
  mkdir -p "$found"
  nice -n 19 "build/fuzz/test_bin/fuzz_$name" -max_total_time="$seconds" -timeout=10 \
    -rss_limit_mb=1024 -malloc_limit_mb=256 -print_final_stats=1 -verbosity=1 \
    -artifact_prefix="$out/$name-" "$found" "$seeds" >"$out/$name.log" 2>&1 || true &
done
wait

printf '%-14s %12s %10s %10s  %s\n' fuzzer runs 'peak MB' seconds findings
total=0 bad=0
for seeds in tests/fuzz/seeds/*; do
  name=${seeds##*/}
  stat() { sed -n "s/^stat::$1: *//p" "$out/$name.log"; }
  runs=$(stat number_of_executed_units)
  findings=$(find "$out" -name "$name-*" | wc -l)
  printf '%-14s %12s %10s %10s  %s\n' "$name" "${runs:-?}" "$(stat peak_rss_mb)" \
    "$(sed -n 's/^Done [0-9]* runs in \([0-9]*\) second.*/\1/p' "$out/$name.log")" "$findings"
  total=$((total + ${runs:-0})) bad=$((bad + findings))
done
printf '%-14s %12s %10s %10s  %s\n' all "$total" '' '' "$bad"
((bad == 0))

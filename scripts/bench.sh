#!/usr/bin/env bash
# Builds and runs the benchmarks, and writes the tables of docs/explanation/speed_details.md afresh.
#   scripts/bench.sh [--peers] [--quick] [PROGRAM...]
# PROGRAM: decode, gru, kernels, lstm, tape, train_step, vocabulary; all without. --peers: also
# bench_peers, against libtorch and oneDNN (scripts/install_dependencies.sh --peers). --quick: short
# runs, no repetitions, to see that all works.
# Results stay in build/release/bench_results. BENCH_CORES=0,1: the cores to run on, by default the
# first two; let nothing else run on them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

peers=no
samples=()
timing=(--benchmark_min_time=0.3 --benchmark_repetitions=3 --benchmark_report_aggregates_only=true)
programs=()
for argument in "$@"; do
  case $argument in
    --peers) peers=yes ;;
    --quick) timing=(--benchmark_min_time=0.01); samples=(--samples 3) ;;
    decode | gru | kernels | lstm | tape | train_step | vocabulary) programs+=("$argument") ;;
    *) echo "usage: bench.sh [--peers] [--quick] [PROGRAM...]" >&2; exit 2 ;;
  esac
done
if [[ ${#programs[@]} == 0 && $peers == no ]]; then
  programs=(decode gru kernels lstm tape train_step vocabulary)
fi

options=()
targets=("${programs[@]/#/bench_}")
if [[ $peers == yes ]]; then
  options+=(-DVAECOLLAPSE_BENCH_PEERS=ON)
  targets+=(bench_peers)
fi
cmake --preset release -DVAECOLLAPSE_BUILD_BENCH=ON "${options[@]}"
cmake --build --preset release --target "${targets[@]}"

cores=${BENCH_CORES:-0,1}
taskset -c "$cores" true 2>/dev/null || cores=$(taskset -cp $$ | sed 's/.*: //')
bin=build/release/bin
results=build/release/bench_results
mkdir -p "$results"

failed=no
for program in "${programs[@]}"; do
  echo
  echo "bench_$program"
  taskset -c "$cores" "$bin/bench_$program" "${timing[@]}" --benchmark_counters_tabular=true \
    --benchmark_out_format=json --benchmark_out="$results/$program.json" || failed=yes
done

if [[ $peers == yes ]]; then
  : >"$results/peers.tsv.new"
  for threads in 1 2; do
    for mode in forward_backward forward inference train_step 'train_step --attention' \
      'train_step --source-attention' text_step 'text_step --cell lstm' output_layer; do
      echo
      echo "bench_peers: $mode, threads: $threads"
      read -ra mode_options <<<"$mode"
      taskset -c "$cores" "$bin/bench_peers" --tsv --threads "$threads" "${samples[@]}" \
        --mode "${mode_options[@]}" | tee -a "$results/peers.tsv.new" || failed=yes
    done
  done
  mv "$results/peers.tsv.new" "$results/peers.tsv"
fi

scripts/bench_tables.py --results "$results" --page docs/explanation/speed_details.md
if [[ -f $results/train_step.json ]]; then
  plotter=
  for python in python3 /usr/bin/python3; do
    if "$python" -c 'import matplotlib' 2>/dev/null; then plotter=$python; break; fi
  done
  if [[ -n $plotter ]]; then
    "$plotter" scripts/plot_train_step.py "$results/train_step.json" docs/explanation/train_step.svg
  else
    echo "bench.sh: no plot without matplotlib (Debian: python3-matplotlib)"
  fi
fi
[[ $failed == no ]]

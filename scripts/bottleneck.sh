#!/usr/bin/env bash
# Trains one small model with one z for each objective on the built-in corpus, and prints what each holds in z
# and how many words come out right, on nouns of the training rows and on nouns that are not among
# them: the table of docs/explanation/bottleneck.md. Less than a minute of one core for each.
#   scripts/bottleneck.sh REINFLECT FOLDER [OPTIONS OF reinflect train...]
# Runs that are done are not trained again. OBJECTIVES='elbo(beta=1) mdr(rate=40)': these alone.
set -euo pipefail

(($# >= 2)) || { echo "usage: bottleneck.sh REINFLECT FOLDER [OPTIONS...]" >&2; exit 2; }
reinflect=$1 folder=$2
shift 2

objectives=('elbo(beta=1)' 'elbo(beta=0.1)' 'elbo(beta=0.03)')
for rate in 5 10 20 40 60 90 120; do objectives+=("free_bits(groups=1,rate=$rate)"); done
for rate in 40 90; do objectives+=("mdr(rate=$rate)"); done
if [[ -n ${OBJECTIVES:-} ]]; then read -ra objectives <<<"$OBJECTIVES"; fi
options=(--latent-per-place 0 --encoder-hidden 128 --decoder-hidden 192 --threads 1 "$@")
[[ " $* " == *" --epochs "* ]] || options+=(--epochs 8)

mkdir -p "$folder"
"$reinflect" corpus --out "$folder/corpus" --overwrite >/dev/null

# figure JSON NAME
figure() { sed -n "s/.*\"$2\": *\\([0-9.e+-]*\\).*/\\1/p" <<<"$1"; }

echo '| objective | rate, dev | NLL, dev | right, dev | rate, unseen | NLL, unseen | right, unseen | Levenshtein, unseen |'
echo '|---|---:|---:|---:|---:|---:|---:|---:|'
for objective in "${objectives[@]}"; do
  run=$folder/${objective//[^a-z0-9.]/_}
  if [[ ! -f $run/done ]]; then
    rm -rf "$run"
    "$reinflect" train --out "$run" --objective "$objective" "${options[@]}" >"$run.log" 2>&1
    touch "$run/done"
  fi
  dev=$("$reinflect" evaluate --threads 1 --model "$run" --data "$folder/corpus/dev.tsv" --json)
  unseen=$("$reinflect" evaluate --threads 1 --model "$run" --data "$folder/corpus/unseen.tsv" --json)
  printf '| `%s` | %.1f | %.2f | %.1f %% | %.1f | %.2f | %.1f %% | %.2f |\n' "$objective" \
    "$(figure "$dev" rate_nats)" "$(figure "$dev" nll_nats)" \
    "$(awk "BEGIN { print 100 * $(figure "$dev" accuracy) }")" \
    "$(figure "$unseen" rate_nats)" "$(figure "$unseen" nll_nats)" \
    "$(awk "BEGIN { print 100 * $(figure "$unseen" accuracy) }")" \
    "$(figure "$unseen" levenshtein)"
done

#!/usr/bin/env bash
# The whole way once: installs what is missing, builds the trainer, trains it on the built-in
# corpus of Turkish nouns, shows what it learnt and writes a report. About two minutes of training
# on two cores.
#   scripts/demo.sh [OPTIONS OF reinflect train...]
# VAECOLLAPSE_NO_INSTALL=1: do not look for missing packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

[[ -n ${VAECOLLAPSE_NO_INSTALL:-} ]] || scripts/install_dependencies.sh

cmake --preset release
cmake --build --preset release --target reinflect
reinflect=build/release/bin/reinflect

out=build/demo
rm -rf "$out"
mkdir -p "$out"
"$reinflect" corpus --out "$out/corpus"
"$reinflect" corpus --forms "$out/corpus/forms.tsv"

echo
(($# > 0)) || set -- --epochs 20 # about two minutes on two cores
"$reinflect" train --out "$out/model" "$@"

accuracy() {
  "$reinflect" evaluate --model "$out/model" --data "$1" --json |
    sed -n 's/.*"accuracy": *\([0-9.e+-]*\).*/\1/p' | awk '{ printf "%.1f %%", 100 * $1 }'
}
dev=$(accuracy "$out/corpus/dev.tsv")
unseen=$(accuracy "$out/corpus/unseen.tsv")

echo
echo "Nouns that the model has never seen, the form it was asked for, and what it wrote:"
awk 'NR % 97 == 1 && shown++ < 8' "$out/corpus/unseen.tsv" >"$out/few.tsv"
"$reinflect" predict --model "$out/model" --input "$out/few.tsv" --nbest 1 >"$out/predictions.tsv"
paste "$out/few.tsv" "$out/predictions.tsv" | awk -F '\t' '{
  verdict = $3 == $6 ? "right" : "wrong, it is " $3
  printf "  %s + %s: %s (%s)\n", $1, $2, $6, verdict
}'

echo
"$reinflect" report --run "$out/model" --data "$out/corpus/dev.tsv" \
  --latent-data "$out/corpus/forms.tsv" --out "$out/report.html"

cat <<TEXT

Exactly right on the dev rows (known lemmas, other forms): $dev
Exactly right on lemmas seen nowhere in training:          $unseen

The results lie in $out:
  model/config.json         every option; reinflect train --config FILE --out DIR runs it again
  model/metrics.csv         one row an epoch
  model/model.safetensors   the best weights, vocabulary and configuration
  corpus/                   the built-in corpus as files
  report.html               what z is used for: pictures, a verdict, the errors
Try: printf 'kitap\tpos=N,case=ABL,num=PL\n' | $reinflect predict --model $out/model --input -
Open in a browser: $PWD/$out/report.html
TEXT

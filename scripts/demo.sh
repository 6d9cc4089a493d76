#!/usr/bin/env bash
# The whole way once: installs what is missing, builds a trainer, trains it on its built-in corpus,
# shows what it learnt and writes a report.
#   scripts/demo.sh [OPTIONS OF reinflect train...]      Turkish nouns; about three minutes of training
#   scripts/demo.sh text [OPTIONS OF text_vae train...]  sentences of a synthetic language, with an
#                   objective whose z collapses and two whose z do not; about three minutes of it
# Times are those of two cores. VAECOLLAPSE_NO_INSTALL=1: do not look for missing packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build() {
  [[ -n ${VAECOLLAPSE_NO_INSTALL:-} ]] || scripts/install_dependencies.sh
  cmake --preset release
  cmake --build --preset release --target "$1"
}

# Trains a model of sentences, and says whether its z is used. Exit statuses 3 and 4 are answers.
train_sentences() {
  local name=$1
  shift
  echo
  echo "== $name"
  "$text_vae" train --train "$out/corpus/train.txt" --dev "$out/corpus/dev.txt" --out "$out/$name" "$@"
  "$text_vae" diagnose --model "$out/$name" --data "$out/corpus/test.txt" --samples 20 || (($? == 3 || $? == 4))
}

demo_text() {
  build text_vae
  text_vae=build/release/bin/text_vae out=build/demo_text
  rm -rf "$out"
  "$text_vae" corpus --out "$out/corpus"

  local shared=(--embedding 100 --hidden 100 --latent 2 --dropout none --output-dropout 0 --epochs 12 "$@")
  train_sentences elbo --objective elbo "${shared[@]}"
  train_sentences free_bits --objective 'free_bits(groups=1,rate=4)' "${shared[@]}"
  train_sentences mdr --objective 'mdr(rate=4,learning_rate=0.01)' "${shared[@]}"

  echo
  echo "Sentences drawn from the model of free_bits:"
  "$text_vae" sample --model "$out/free_bits" --count 5
  "$text_vae" report --run "$out/elbo" "$out/free_bits" "$out/mdr" --data "$out/corpus/test.txt" \
    --out "$out/report.html"

  cat <<TEXT

The results lie in $out:
  elbo, free_bits, mdr      runs: options, metrics of each epoch, the best weights
  corpus/                   the built-in corpus as files
  report.html               the three side by side: rates, what z is used for, verdicts
Try: $text_vae evaluate --model $out/mdr --data $out/corpus/test.txt
Open in a browser: $PWD/$out/report.html
TEXT
}

demo_words() {
  build reinflect
  local reinflect=build/release/bin/reinflect out=build/demo
  rm -rf "$out"
  mkdir -p "$out"
  "$reinflect" corpus --out "$out/corpus"
  "$reinflect" corpus --forms "$out/corpus/forms.tsv"

  echo
  (($# > 0)) || set -- --epochs 20 # about three minutes on two cores
  "$reinflect" train --out "$out/model" "$@"

  accuracy() {
    "$reinflect" evaluate --model "$out/model" --data "$1" --json |
      sed -n 's/.*"accuracy": *\([0-9.e+-]*\).*/\1/p' | awk '{ printf "%.1f %%", 100 * $1 }'
  }
  local dev unseen
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
}

if [[ ${1:-} == text ]]; then
  shift
  demo_text "$@"
else
  demo_words "$@"
fi

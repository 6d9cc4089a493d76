#!/usr/bin/env python3
"""Trains models whose use of z is known, and prints what `reinflect diagnose` says of each.

    scripts/calibrate_verdict.py REINFLECT FOLDER

The table of docs/explanation/verdict.md is what it prints. Each model is held at a rate: words are
those of the built-in corpus, sentences are drawn from a small grammar with hidden topics. A
sentence is a word of reinflect whose characters are the words of the grammar. Runs that are done
are not trained again.
"""

import json
import pathlib
import random
import subprocess
import sys

RATES = (0.1, 0.3, 1, 3, 8)
TOPICS = 8
FIRST_WORD = 0x4E00  # the code point of word 0: no letter of any other corpus
SIZES = {
    "words": "--embedding 32 --encoder-hidden 64 --decoder-hidden 128 --latent 16 --epochs 8 "
    "--warmup 20",
    "sentences": "--embedding 32 --encoder-hidden 64 --decoder-hidden 96 --latent 16 --epochs 12 "
    "--warmup 20",
}


class Grammar:
    """Sentences of twenty words; most nouns, adjectives and verbs belong to one topic."""

    PATTERN = ("det adj noun verb prep det noun and det noun verb adv prep det adj noun "
               "prep det noun end")
    OF_A_TOPIC = {"noun": 30, "adj": 15, "verb": 12}
    OF_ALL = {"det": 6, "prep": 8, "and": 3, "adv": 12, "end": 3}

    def __init__(self, seed):
        self.draw = random.Random(seed)
        self.words = {}
        first = FIRST_WORD
        for kind, size in self.OF_ALL.items():
            self.words[kind] = range(first, first + size)
            first += size
        for topic in range(TOPICS):
            for kind, size in self.OF_A_TOPIC.items():
                self.words[kind, topic] = range(first, first + size)
                first += size

    def sentence(self):
        topic = self.draw.randrange(TOPICS)
        kinds = (kind if kind in self.OF_ALL else (kind, topic) for kind in self.PATTERN.split())
        return "".join(chr(self.draw.choice(self.words[kind])) for kind in kinds)


def write_sentences(path, seed, count):
    grammar = Grammar(seed)
    rows = (grammar.sentence() for _ in range(count))
    path.write_text("".join(f"{row}\tas=IS\t{row}\n" for row in rows), encoding="utf-8")


def runs(folder):
    """(what it is, options of reinflect train, rows for diagnose)"""
    sentences = f"--train {folder}/sentences.tsv --dev {folder}/sentences_dev.tsv --latent-per-place 0 --copies 0"
    words = "--latent-per-place 0 --copies 0"
    for data, options in (("words", words), ("sentences", sentences)):
        sizes = f"{options} {SIZES[data]}"
        yield data, "elbo", f"{sizes} --objective elbo"
        for rate in RATES:
            for objective in (f"free_bits(groups=1,rate={rate})", f"mdr(rate={rate})"):
                yield data, objective, f"{sizes} --objective {objective}"
    sizes = f"{words} {SIZES['words']}"
    for rate in (3, 8, 30):
        objective = f"free_bits(groups=1,rate={rate})"
        yield ("words", f"{objective} --encoder-state-bypass",
               f"{sizes} --encoder-state-bypass --objective {objective}")
    yield "words", "free_bits(groups=16,rate=8)", f"{sizes} --objective free_bits(groups=16,rate=8)"
    yield "words", "free_bits(groups=1,rate=60)", f"{sizes} --objective free_bits(groups=1,rate=60)"
    yield "words", "elbo(4)", f"{sizes} --objective elbo(4)"


def diagnose(program, model, rows):
    done = subprocess.run(
        [program, "diagnose", "--model", model, "--data", rows, "--samples", "1", "--json",
         "--probe-rows", "64"], capture_output=True, check=False)
    if done.returncode not in (0, 3, 4):
        sys.exit(done.stderr.decode())
    return json.loads(done.stdout)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    write_sentences(folder / "sentences.tsv", 1, 3000)
    write_sentences(folder / "sentences_dev.tsv", 2, 400)
    if not (folder / "corpus").exists():
        subprocess.run([program, "corpus", "--out", folder / "corpus"], check=True,
                       capture_output=True)
    dev = {"words": folder / "corpus" / "dev.tsv", "sentences": folder / "sentences_dev.tsv"}
    print("| data | objective | rate | NLL | another z: NLL | accuracy | another z: accuracy | "
          "z | task |\n|---|---|---:|---:|---:|---:|---:|---|---|")
    for number, (data, name, options) in enumerate(runs(folder)):
        out = folder / f"run{number}"
        if not (out / "model.safetensors").exists():
            subprocess.run([program, "train", "--threads", "1", "--out", out, *options.split(), "--overwrite"],
                           check=True, capture_output=True)
        found = diagnose(program, out, dev[data])
        rise = found["nll_z_permuted_nats"] - found["nll_nats"]
        print(f"| {data} | `{name}` | {found['rate_nats']:.2f} | {found['nll_nats']:.2f} | "
              f"{rise:+.2f} | {100 * found['accuracy']:.1f} % | "
              f"{100 * found['accuracy_z_permuted']:.1f} % | {found['verdict']} | "
              f"{found['task']} |", flush=True)


if __name__ == "__main__":
    main()

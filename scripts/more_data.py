#!/usr/bin/env python3
"""Measures what more training rows do for few of them, and prints a table of dev accuracies.

    scripts/more_data.py REINFLECT DATA FOLDER [OPTION=VALUE ...]

DATA has the files of SIGMORPHON 2016, FOLDER keeps the runs; runs that are done are not trained
again. The options and their defaults:

    languages=finnish,german  rows=500,2000  seeds=1,2,3  steps=6000  jobs=2  arms=all
    settings="--latent-per-place 0"   options of reinflect train for all arms

The first N rows of task 3 are trained on, all of its dev rows judge. Each arm makes as many steps, so
that one with more rows goes through them fewer times. Rows of the other tasks that answer a row of
dev are left out. The table has the mean of the seeds, the deviation between them, and the seconds of
a run.
"""

import concurrent.futures
import csv
import math
import pathlib
import shlex
import statistics
import subprocess
import sys

BATCH = 64
DEFAULTS = {"languages": "finnish,german", "rows": "500,2000", "seeds": "1,2,3", "steps": "6000", "jobs": "2",
            "arms": "all", "settings": "--latent-per-place 0"}
ALSO = "--also {folder}/{language}-{rows}-task1:1 --also {folder}/{language}-{rows}-task2:2"
ARMS = {
    "rows as they are": "--copies none",
    "copies of targets": "--copies words",
    "random strings": "--copies random:{rows}",
    "copies and random strings": "--copies words,random:{rows}",
    "hallucinated rows": "--copies none --hallucinate {rows}",
    "all three": "--copies words,random:{rows} --hallucinate {rows}",
    "all three, implied rows": "--copies words,random:{rows} --hallucinate {rows} --implied words",
    "tasks 1 and 2 (standard)": "--copies words " + ALSO,
    "tasks 1 and 2, random strings (standard)": "--copies words,random:{rows} " + ALSO,
    "words of task 1 (bonus)": "--copies words --words {folder}/{language}-{rows}-words",
}


def rows_of(path):
    return [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line]


def write_rows(path, rows):
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")


def answer(row):
    """Tags and form of a row, whatever the order of the tags."""
    return frozenset(row[-2].split(",")), row[-1]


def write_files(data, folder, language, count):
    """The files of one language and number of rows, without what answers dev."""
    train = rows_of(data / f"{language}-task3-train")[:count]
    dev = rows_of(data / f"{language}-task3-dev")
    held_out = {answer(row) for row in dev} - {answer(row) for row in train}
    stem = f"{language}-{count}"
    write_rows(folder / f"{stem}-train", train)
    write_rows(folder / f"{language}-dev", dev)
    for task in (1, 2):
        rows = rows_of(data / f"{language}-task{task}-train")
        write_rows(folder / f"{stem}-task{task}", [row for row in rows if answer(row) not in held_out])
    trained = {word for row in train for word in (row[0], row[2])}
    answers = {row[2] for row in dev} - trained
    words = {word for row in rows_of(data / f"{language}-task1-train") for word in (row[0], row[2])}
    write_rows(folder / f"{stem}-words", [[word] for word in sorted(words - answers)])


def train(program, out, options):
    done = subprocess.run([program, "train", "--overwrite", "--out", out, *options], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(f"{shlex.join(map(str, done.args))}\n{done.stderr}")
    return done


def rows_of_epoch(program, out, options):
    """How many rows an epoch of an arm has, from a training of the smallest model."""
    tiny = ["--epochs", "1", "--batch", "4096", "--embedding", "1", "--encoder-hidden", "1", "--decoder-hidden", "2",
            "--latent", "1", "--objective", "elbo", "--threads", "1"]
    said = train(program, out, options + tiny).stderr
    return next(int(line.split()[0]) for line in said.splitlines() if " training row" in line)


def best_accuracy(out):
    with open(out / "metrics.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return 100 * max(float(row["dev_accuracy"]) for row in rows), float(rows[-1]["seconds"])


class Measurement:
    def __init__(self, program, folder, options):
        self.program, self.folder, self.options = program, folder, options

    def arm(self, language, count, name):
        """Accuracies and seconds of the seeds."""
        values = {"folder": self.folder, "language": language, "rows": count}
        given = shlex.split(self.options["settings"]) + ["--train", f"{self.folder}/{language}-{count}-train", "--dev",
                                                         f"{self.folder}/{language}-dev"]
        given += ARMS[name].format(**values).split()
        place = self.folder / f"{language}-{count}-{list(ARMS).index(name)}"
        rows = None
        found = []
        for seed in self.options["seeds"].split(","):
            out = pathlib.Path(f"{place}-{seed}")
            if not (out / "done").exists():
                rows = rows or rows_of_epoch(self.program, f"{place}-tiny", given)
                epochs = max(1, round(int(self.options["steps"]) / math.ceil(rows / BATCH)))
                train(self.program, out, given + ["--epochs", str(epochs), "--batch", str(BATCH), "--seed", seed,
                                                  "--threads", "1"])
                (out / "done").touch()
            found.append(best_accuracy(out))
        return [accuracy for accuracy, _ in found], statistics.mean(seconds for _, seconds in found)


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    program, data, folder = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    given = dict(argument.split("=", 1) for argument in sys.argv[4:])
    if given.keys() - DEFAULTS.keys():
        sys.exit(f"unknown: {', '.join(given.keys() - DEFAULTS.keys())}\n{__doc__}")
    options = {**DEFAULTS, **given}
    folder.mkdir(parents=True, exist_ok=True)
    languages = options["languages"].split(",")
    counts = [int(count) for count in options["rows"].split(",")]
    arms = list(ARMS) if options["arms"] == "all" else options["arms"].split(",")
    for language in languages:
        for count in counts:
            write_files(data, folder, language, count)
    measurement = Measurement(program, folder, options)
    with concurrent.futures.ThreadPoolExecutor(int(options["jobs"])) as pool:
        cells = {(language, count, name): pool.submit(measurement.arm, language, count, name)
                 for language in languages for count in counts for name in arms}
        print("| rows | " + " | ".join(f"{language}, {count}" for language in languages for count in counts) + " |")
        print("|---|" + "---:|" * (len(languages) * len(counts)))
        for name in arms:
            shown = []
            for language in languages:
                for count in counts:
                    accuracies, seconds = cells[language, count, name].result()
                    deviation = statistics.stdev(accuracies) if len(accuracies) > 1 else 0
                    shown.append(f"{statistics.mean(accuracies):.1f} ± {deviation:.1f} ({seconds:.0f} s)")
            print(f"| {name} | " + " | ".join(shown) + " |", flush=True)


if __name__ == "__main__":
    main()

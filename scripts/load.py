#!/usr/bin/env python3
"""Measures reinflect under load: trains on very many rows, then streams rows through predict, and
reports speed and memory. Rows are made up: stems of random syllables, suffixes by vowel harmony.
  scripts/load.py [--rows N] [--predict N] [--threads N] [--program PATH] [--folder DIR]
"""
import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

SUFFIXES = {"NOM": ("", ""), "ACC": ("i", "u"), "DAT": ("e", "a"), "LOC": ("de", "da"),
            "ABL": ("den", "dan"), "GEN": ("in", "un")}
PLURAL = ("ler", "lar")


def row(draw):
    """lemma, MSD and form, tab-separated."""
    back = draw.random() < 0.5
    vowels = "aou" if back else "eiö"
    stem = "".join(draw.choice("bcdfgklmnprstvyz") + draw.choice(vowels)
                   for _ in range(draw.randint(2, 4))) + draw.choice(["", "k", "n", "r"])
    case = draw.choice(list(SUFFIXES))
    plural = draw.random() < 0.5
    form = stem + (PLURAL[back] if plural else "") + SUFFIXES[case][back]
    return f"{stem}\tpos=N,case={case},num={'PL' if plural else 'SG'}\t{form}\n"


def write_rows(path, count, seed, answers=True):
    draw = random.Random(seed)
    with open(path, "w", encoding="utf-8") as file:
        for _ in range(count):
            text = row(draw)
            file.write(text if answers else text.rsplit("\t", 1)[0] + "\n")


def resident(pid):
    """Megabytes in memory now; 0 once the process has ended."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
    except (OSError, ProcessLookupError):
        pass
    return 0.0


class Run:
    """One run of the program: its time and its memory, looked at ten times a second."""

    def __init__(self, command, stdin=None, stdout=None):
        print("$ " + " ".join(command), flush=True)
        self.samples = []
        begin = time.monotonic()
        child = subprocess.Popen(command, stdin=stdin, stdout=stdout or subprocess.DEVNULL)
        watcher = threading.Thread(target=self._watch, args=(child.pid, begin), daemon=True)
        watcher.start()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        self.seconds = time.monotonic() - begin
        self.peak = usage.ru_maxrss / 1024
        watcher.join()
        if child.returncode != 0:
            sys.exit(f"load.py: the program ended with {child.returncode}")

    def _watch(self, pid, begin):
        while (now := resident(pid)) > 0:
            self.samples.append((time.monotonic() - begin, now))
            time.sleep(0.1)

    def at(self, part):
        """Megabytes when this part of the time was over."""
        return min(self.samples, key=lambda sample: abs(sample[0] - part * self.seconds))[1]


def train(arguments, folder):
    path = os.path.join(folder, "train.tsv")
    write_rows(path, arguments.rows, seed=1)
    write_rows(os.path.join(folder, "dev.tsv"), 1000, seed=2)
    model = os.path.join(folder, "model")
    run = Run([arguments.program, "train", "--train", path, "--dev", os.path.join(folder, "dev.tsv"),
               "--out", model, "--overwrite", "--epochs", "1", "--latent-per-place", "0", "--copies", "0",
               "--embedding", "16", "--encoder-hidden", "32", "--decoder-hidden", "32", "--latent", "16",
               "--threads", str(arguments.threads)])
    parts = (0.1, 0.25, 0.5, 0.75, 0.95)
    print(f"train: {arguments.rows} rows ({os.path.getsize(path) / 1e6:.0f} MB) in "
          f"{run.seconds:.0f} s, {arguments.rows / run.seconds:.0f} rows/s, peak {run.peak:.0f} MB")
    print("  resident at " + ", ".join(f"{part:.0%}: {run.at(part):.1f} MB" for part in parts))
    return model


def predict(arguments, folder, model, count):
    path = os.path.join(folder, "covered.tsv")
    write_rows(path, count, seed=3, answers=False)
    # Through a pipe, as it would come from another program.
    with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as source:
        run = Run([arguments.program, "predict", "--model", model, "--input", "-", "--threads",
                   str(arguments.threads)], stdin=source.stdout)
    print(f"predict: {count} rows in {run.seconds:.1f} s, {count / run.seconds:.0f} rows/s, "
          f"peak {run.peak:.1f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="to train on")
    parser.add_argument("--predict", type=int, default=100_000, help="rows to stream")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--program", default="build/release/bin/reinflect")
    parser.add_argument("--folder", help="kept; otherwise a temporary one is removed")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or temporary
        os.makedirs(folder, exist_ok=True)
        model = train(arguments, folder)
        for count in (arguments.predict // 50, arguments.predict):
            predict(arguments, folder, model, count)


if __name__ == "__main__":
    main()

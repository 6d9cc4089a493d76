#!/usr/bin/env python3
"""Plots what a training step costs against the batch, the length of words and the width.

  plot_train_step.py train_step.json OUT.svg        (or .png, .pdf)

Reads what `bench_train_step --benchmark_out=train_step.json` wrote. Needs matplotlib (Debian:
python3-matplotlib).
"""

import json
import re
import sys

import matplotlib

matplotlib.use("Agg")
# Text as text, and the same bytes for the same figures.
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "train_step"})
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib import ticker  # noqa: E402

USUAL = {"B": 64, "T": 14, "H": 256}
AXES = {"B": "examples in a batch, B", "T": "steps of a word, T", "H": "width of the GRUs, H"}


def read(path):
    """Medians of the steps on one thread, by their sizes."""
    with open(path, encoding="utf-8") as file:
        runs = json.load(file)["benchmarks"]
    points = {}
    for run in runs:
        if run["run_type"] == "aggregate" and run["aggregate_name"] != "median":
            continue
        match = re.fullmatch(r"train_step/sum/even/threads:1/B:(\d+)/T:(\d+)/H:(\d+)",
                             run["run_name"])
        if match and not run.get("error_occurred"):
            points[tuple(map(int, match.groups()))] = run
    return points


def along(points, size):
    """The points where all other sizes are the usual ones."""
    found = []
    for sizes, run in sorted(points.items()):
        named = dict(zip("BTH", sizes))
        if all(named[other] == USUAL[other] for other in USUAL if other != size):
            found.append((named[size], run))
    return found


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    points = read(sys.argv[1])
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
    for axis, size in zip(axes, "BTH"):
        runs = along(points, size)
        if not runs:
            sys.exit(f"{sys.argv[1]}: no steps with different {size}")
        x = [value for value, _ in runs]
        cost = [1e6 / run["examples_per_second"] for _, run in runs]
        share = [run["percent_of_peak"] for _, run in runs]
        axis.loglog(x, cost, "o-", color="tab:blue")
        axis.set_xticks(x, [str(value) for value in x])
        axis.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
        axis.yaxis.set_major_formatter(ticker.StrMethodFormatter("{x:g}"))
        axis.minorticks_off()
        axis.set_xlabel(AXES[size])
        axis.set_ylabel("microseconds an example", color="tab:blue")
        other = axis.twinx()
        other.plot(x, share, "s--", color="tab:orange", markersize=4)
        other.set_ylim(0, max(100, 1.05 * max(share)))
        other.set_ylabel("% of peak", color="tab:orange")
    figure.suptitle("A training step on one thread; where it is not on the axis: "
                    + ", ".join(f"{size} = {value}" for size, value in USUAL.items()), fontsize=10)
    is_svg = sys.argv[2].endswith(".svg")
    figure.savefig(sys.argv[2], metadata={"Date": None} if is_svg else None)
    print(f"{sys.argv[2]}: written")


if __name__ == "__main__":
    main()

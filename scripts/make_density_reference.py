#!/usr/bin/env python3
"""Writes tests/reference/gaussian_density.hpp: log densities of Gaussians and of a mixture, from the
standard library's statistics.NormalDist, one dimension at a time.

Usage: scripts/make_density_reference.py [FILE]
"""

import math
import pathlib
import random
import sys
from statistics import NormalDist

BATCH, LATENT, COMPONENTS = 3, 5, 2


def log_density(z, mu, logvar):
    return sum(
        math.log(NormalDist(m, math.exp(s / 2)).pdf(x)) for x, m, s in zip(z, mu, logvar)
    )


def array(name, rows, axes):
    numbers = [number for row in rows for number in row]
    lines = [f"/// [{axes}] = [{', '.join(str(n) for n in (len(rows), len(rows[0])))}]"]
    lines += [f"inline constexpr double {name}[{len(numbers)}] = {{"]
    for first in range(0, len(numbers), 4):
        lines.append("  " + " ".join(f"{x!r}," for x in numbers[first : first + 4]))
    return lines + ["};"]


def main():
    draw = random.Random(1)

    def rows(count, size, scale=1.0):
        return [[scale * draw.gauss(0, 1) for _ in range(size)] for _ in range(count)]

    z, mu, logvar = (rows(BATCH, LATENT) for _ in range(3))
    means, logvars = rows(COMPONENTS, LATENT), rows(COMPONENTS, LATENT)
    logits = rows(1, COMPONENTS)[0]
    total = sum(math.exp(a) for a in logits)
    density = [log_density(*columns) for columns in zip(z, mu, logvar)]
    standard = [log_density(x, [0] * LATENT, [0] * LATENT) for x in z]
    mixture = [
        math.log(
            sum(
                math.exp(a) / total * math.exp(log_density(x, m, s))
                for a, m, s in zip(logits, means, logvars)
            )
        )
        for x in z
    ]
    lines = [
        "// Log densities of diagonal Gaussians and of a mixture of them.",
        "// Written by scripts/make_density_reference.py with Python's statistics.NormalDist. Do not "
        "edit.",
        "#pragma once",
        "",
        "// clang-format off",
        "",
        "namespace vaecollapse::reference::gaussian_density {",
        "",
        f"inline constexpr int batch = {BATCH};",
        f"inline constexpr int latent = {LATENT};",
        f"inline constexpr int components = {COMPONENTS};",
    ]
    lines += array("z", z, "B, Z") + array("mu", mu, "B, Z") + array("logvar", logvar, "B, Z")
    lines += array("means", means, "K, Z") + array("logvars", logvars, "K, Z")
    lines += array("logits", [logits], "1, K")
    lines += array("log_density", [density], "1, B")
    lines += array("log_standard_normal", [standard], "1, B")
    lines += array("log_mixture", [mixture], "1, B")
    lines += ["", "}"]
    folder = pathlib.Path(__file__).resolve().parent.parent / "tests" / "reference"
    path = sys.argv[1] if len(sys.argv) > 1 else folder / "gaussian_density.hpp"
    pathlib.Path(path).write_text("\n".join(lines) + "\n")


main()

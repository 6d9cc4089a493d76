#!/usr/bin/python3
"""Writes tests/reference/von_mises_fisher.hpp: small stored values from mpmath, to 17 digits.

Usage: scripts/make_sphere_reference.py [FOLDER]        (default: tests/reference)

Needs mpmath and SciPy (Debian: python3-mpmath, python3-scipy). The stored file is part of the
project, so nobody has to run this to build or test.
"""

import pathlib
import random
import sys

import mpmath
import scipy
import scipy.special

DIMENSIONS = (2, 3, 4, 5, 32, 33, 100, 511, 4096)
KAPPAS = (0.001, 1.0, 13.0, 25.0, 50.0, 100.0, 200.0, 1000.0, 10000.0)
LATENT, BATCH, KAPPA = 5, 3, 7.5

mpmath.mp.dps = 60


def bessel(order, kappa):
    """I_order(kappa), which SciPy's own must be too where that does not underflow."""
    value = mpmath.besseli(order, kappa)
    scaled = scipy.special.ive(float(order), float(kappa))
    if scaled > 1e-290:
        assert abs(scaled / (value * mpmath.exp(-kappa)) - 1) < 1e-11, (order, kappa)
    return value


def log_area(dimensions):
    half = mpmath.mpf(dimensions) / 2
    return mpmath.log(2) + half * mpmath.log(mpmath.pi) - mpmath.loggamma(half)


def log_normaliser(dimensions, kappa):
    """log of kappa^v / ((2 pi)^(v + 1) I_v(kappa)), v = dimensions / 2 - 1."""
    order = mpmath.mpf(dimensions) / 2 - 1
    return (
        order * mpmath.log(kappa)
        - (order + 1) * mpmath.log(2 * mpmath.pi)
        - mpmath.log(bessel(order, kappa))
    )


def mean_cosine(dimensions, kappa):
    order = mpmath.mpf(dimensions) / 2 - 1
    return bessel(order + 1, kappa) / bessel(order, kappa)


def array(name, values, axes):
    lines = [f"/// {axes}", f"inline constexpr double {name}[{len(values)}] = {{"]
    for first in range(0, len(values), 4):
        row = ", ".join(real(value) for value in values[first : first + 4])
        lines.append(f"  {row},")
    return lines + ["};"]


def real(value):
    text = f"{float(value):.17g}"
    return text if any(mark in text for mark in ".en") else text + ".0"


def directions(generator):
    """Columns of length one, of numbers that a double holds as they are printed."""
    columns = []
    for _ in range(BATCH):
        column = [generator.gauss(0, 1) for _ in range(LATENT)]
        length = sum(x * x for x in column) ** 0.5
        columns.append([x / length for x in column])
    return columns


def main():
    grid = [(z, mpmath.mpf(kappa)) for z in DIMENSIONS for kappa in KAPPAS]
    axes = f"[dimensions, kappa] = [{len(DIMENSIONS)}, {len(KAPPAS)}]"
    cosines = [mean_cosine(z, kappa) for z, kappa in grid]
    normalisers = [log_normaliser(z, kappa) for z, kappa in grid]
    kls = [
        kappa * cosine + normaliser + log_area(z)
        for (z, kappa), cosine, normaliser in zip(grid, cosines, normalisers)
    ]
    generator = random.Random(21)
    mu, z = directions(generator), directions(generator)
    seeds = [generator.gauss(0, 1) for _ in range(BATCH)]
    densities = [
        log_normaliser(LATENT, mpmath.mpf(KAPPA))
        + KAPPA * mpmath.fsum(mpmath.mpf(x) * y for x, y in zip(mu[b], z[b]))
        for b in range(BATCH)
    ]
    lines = [
        "// The von Mises-Fisher distribution: normaliser, mean cosine, KL, log density.",
        f"// Written by scripts/make_sphere_reference.py with mpmath {mpmath.__version__} and SciPy "
        f"{scipy.__version__}. Do not edit.",
        "#pragma once",
        "",
        "// clang-format off",
        "",
        "namespace vaecollapse::reference::von_mises_fisher {",
        "",
        *array("dimensions", [mpmath.mpf(z) for z in DIMENSIONS], "[dimensions]"),
        *array("kappas", [mpmath.mpf(kappa) for kappa in KAPPAS], "[kappa]"),
        *array("mean_cosine", cosines, axes),
        *array("log_normaliser", normalisers, axes),
        *array("log_uniform", [-log_area(z) for z in DIMENSIONS], "[dimensions]"),
        *array("kl", kls, axes),
        "",
        f"inline constexpr int latent = {LATENT};",
        f"inline constexpr int batch = {BATCH};",
        f"inline constexpr double kappa = {real(KAPPA)};",
        *array("mu", sum(mu, []), f"[B, Z] = [{BATCH}, {LATENT}]"),
        *array("z", sum(z, []), f"[B, Z] = [{BATCH}, {LATENT}]"),
        *array("log_density", densities, f"[B] = [{BATCH}]"),
        *array("d_log_density", seeds, f"[B] = [{BATCH}]"),
        *array("d_mu", [seeds[b] * KAPPA * x for b in range(BATCH) for x in z[b]],
               f"[B, Z] = [{BATCH}, {LATENT}]"),
        *array("d_z", [seeds[b] * KAPPA * x for b in range(BATCH) for x in mu[b]],
               f"[B, Z] = [{BATCH}, {LATENT}]"),
        "",
        "}",
    ]
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "tests/reference")
    (folder / "von_mises_fisher.hpp").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

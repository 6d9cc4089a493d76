#!/usr/bin/env python3
"""Derives the coefficients of include/vaecollapse/simd/math.hpp.

Remez exchange in 60-digit decimal arithmetic, standard library only. Prints each set of
coefficients, rounded to the precision it is used in, with the largest relative error that the
approximation (not the rounding of its evaluation) makes. Takes a few seconds.
"""

import decimal
import math
import struct
from decimal import Decimal as D

decimal.getcontext().prec = 60
GRID = 1500


def as_float(x):
    """The nearest single-precision number."""
    return D(struct.unpack("f", struct.pack("f", float(x)))[0])


def as_double(x):
    return D(float(x))


def solve(matrix, right):
    """Gaussian elimination with partial pivoting."""
    n = len(right)
    rows = [list(row) + [value] for row, value in zip(matrix, right)]
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: abs(rows[i][k]))
        rows[k], rows[pivot] = rows[pivot], rows[k]
        for i in range(k + 1, n):
            factor = rows[i][k] / rows[k][k]
            if factor:
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k])]
    x = [D(0)] * n
    for k in reversed(range(n)):
        rest = sum(rows[k][j] * x[j] for j in range(k + 1, n))
        x[k] = (rows[k][n] - rest) / rows[k][k]
    return x


def horner(coefficients, x):
    value = D(0)
    for c in reversed(coefficients):
        value = value * x + c
    return value


def power(x, k):
    """x^k, with 0^0 = 1."""
    return x**k if k else D(1)


def chebyshev(low, high, n):
    """n + 1 points from high to low, ends included, denser towards the ends."""
    middle, half = (low + high) / 2, (high - low) / 2
    return [middle + half * D(math.cos(math.pi * i / n)) for i in range(n + 1)]


def exchange(error, grid, count):
    """The extrema of `error` on the grid: `count` neighbours of alternating sign."""
    best = []
    for x in grid:
        e = error(x)
        if e == 0:
            continue
        if best and (best[-1][1] > 0) == (e > 0):
            if abs(e) > abs(best[-1][1]):
                best[-1] = (x, e)
        else:
            best.append((x, e))
    while len(best) > count:
        best.pop(0 if abs(best[0][1]) < abs(best[-1][1]) else -1)
    return best


def remez(fit, error, low, high, unknowns, rounds=12):
    """`fit(points)` solves for an error of alternating sign there; exchanges until it is level."""
    points = chebyshev(low, high, unknowns)
    grid = chebyshev(low, high, GRID)
    for _ in range(rounds):
        solution = fit(points)
        extrema = exchange(lambda x: error(solution, x), grid, unknowns + 1)
        if len(extrema) < unknowns + 1:
            break
        points = [x for x, _ in extrema]
        sizes = [abs(e) for _, e in extrema]
        if max(sizes) < min(sizes) * D("1.001"):
            break
    return solution, max(abs(error(solution, x)) for x in grid)


def polynomial(target, weight, low, high, degree):
    """c_0 .. c_degree that minimise max |weight (target - sum c_k x^k)|."""

    def fit(points):
        matrix = [
            [weight(x) * power(x, k) for k in range(degree + 1)] + [D((-1) ** i)]
            for i, x in enumerate(points)
        ]
        return solve(matrix, [weight(x) * target(x) for x in points])[:-1]

    def error(c, x):
        return weight(x) * (target(x) - horner(c, x))

    return remez(fit, error, D(low), D(high), degree + 1)[0]


def worst(approximation, truth, low, high):
    points = chebyshev(D(low), D(high), 4 * GRID)
    return max(abs(approximation(x) / truth(x) - 1) for x in points if truth(x) != 0)


def report(name, sets, error):
    print(f"{name}: relative error {float(error):.2e} = 2^{math.log2(float(error)):.2f}")
    for label, coefficients, digits in sets:
        print(f"  {label}: " + ", ".join(f"{float(c):.{digits}g}" for c in coefficients))


def series_tail(first, ratio):
    """Sum of ratio-built terms, for functions that cancel in closed form near zero."""
    total, term, k = D(0), first, 0
    while abs(term) > abs(total) * D("1e-55") + D("1e-300"):
        total += term
        k += 1
        term = ratio(term, k)
    return total


def exponential(degree, rounded, digits):
    # exp(r) = 1 + r + r^2 q(r)
    edge = D(2).ln() / 2 * D("1.0005")  # the rounding of x log2(e) may step a little over

    def q(r):
        return series_tail(D("0.5"), lambda term, k: term * r / (k + 2))

    c = polynomial(q, lambda r: r * r / r.exp(), -edge, edge, degree - 2)
    c = [rounded(x) for x in c]
    error = worst(lambda r: 1 + r + r * r * horner(c, r), lambda r: r.exp(), -edge, edge)
    report(f"exp, degree {degree}", [("q", c, digits)], error)


def above_tangent(degree, rounded, digits):
    # exp(x) = 1 + x + x^2 q(x), with q right by itself
    edge = D(1)

    def q(x):
        return series_tail(D("0.5"), lambda term, k: term * x / (k + 2))

    c = polynomial(q, lambda x: 1 / q(x), -edge, edge, degree)
    c = [rounded(x) for x in c]
    error = worst(lambda x: horner(c, x), q, -edge, edge)
    report(f"exp above its tangent, degree {degree}", [("q", c, digits)], error)


def logarithm(name, edge, degree, rounded, digits):
    # log((1 + s) / (1 - s)) = 2 s + s w R(w), w = s^2
    def r(w):
        total, power, k = D(0), D(1), 3
        while power > D("1e-58"):
            total += 2 * power / k
            power *= w
            k += 2
            if power == 0:
                break
        return total

    top = edge * edge
    c = polynomial(r, lambda w: w / (2 + w * r(w)), D(0), top, degree)
    c = [rounded(x) for x in c]
    error = worst(lambda w: 2 + w * horner(c, w), lambda w: 2 + w * r(w), 0, top)
    report(f"{name}, degree {degree}", [("R", c, digits)], error)


def main():
    ln2 = D(2).ln()
    sqrt2 = D(2).sqrt()
    for name, rounded, bits in (("float", as_float, 15), ("double", as_double, 33)):
        # The high part has few enough bits that its product with any exponent is exact.
        high = D(int(ln2 * 2**bits)) / 2**bits
        print(f"ln 2, {name}: {float(high)!r} + {float(rounded(ln2 - high)):.17g}")
    exponential(6, as_float, 9)
    exponential(12, as_double, 17)
    above_tangent(7, as_float, 9)
    above_tangent(14, as_double, 17)
    log_edge = (sqrt2 - 1) / (sqrt2 + 1) * D("1.0001")
    logarithm("log", log_edge, 2, as_float, 9)
    logarithm("log", log_edge, 6, as_double, 17)
    logarithm("log1p", D(1) / 3, 4, as_float, 9)
    logarithm("log1p", D(1) / 3, 10, as_double, 17)


if __name__ == "__main__":
    main()

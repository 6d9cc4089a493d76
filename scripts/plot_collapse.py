#!/usr/bin/env python3
"""Draws docs/explanation/collapse.svg: what the ELBO pays for, in the one VAE that is solved.

    scripts/plot_collapse.py OUTPUT.svg

The linear VAE with unit noise (Lucas et al. 2019): a direction of the data with variance l is given
max(0, log(l / beta) / 2) nats by the optimum of the loss with KL weight beta. The same formula is
the oracle of tests/oracle/linear_vae_test.cpp, which trains the model and compares.
"""

import math
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "vaecollapse"
import matplotlib.pyplot as plt  # noqa: E402


def nats(variance, beta):
    return max(0.0, 0.5 * math.log(variance / beta))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    variances = [0.05 * i for i in range(1, 161)]
    figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    for beta, colour in ((0.5, "#1b7837"), (1.0, "#2166ac"), (2.0, "#b2182b")):
        axes.plot(variances, [nats(l, beta) for l in variances], color=colour, label=f"KL weight {beta}")
    axes.set_xlabel("variance of a direction of the data, in units of the decoder's noise")
    axes.set_ylabel("rate of the direction [nats]")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(sys.argv[1], metadata={"Date": None})


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Runs the PyTorch lines of docs/how_to/diagnose_any_vae.md, and diagnose_posteriors on what they
write.

    posteriors_test.py PAGE PROGRAM

Three linear VAEs, whose posteriors are known: one is healthy, one has collapsed, and the decoder of
one does not read z. Exits with 77 where there is no PyTorch. Without the package safetensors, which
Debian does not have, the page's own function takes its place."""

import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import types

try:
    import torch
except ImportError:
    print("skipped: there is no PyTorch here (Debian: python3-torch)")
    sys.exit(77)

LINES = 15  # that the page may ask for


class LinearVae(torch.nn.Module):
    """z ~ N(0, I), x ~ N(weight z, 0.25 I), with the exact posterior."""

    def __init__(self, weight, reads_z=True):
        super().__init__()
        self.weight, self.reads_z = weight, reads_z
        self.all_of_x = weight**2 + 0.25

    def encode(self, x):
        return self.weight * x / self.all_of_x, torch.full_like(x, math.log(0.25 / self.all_of_x))

    def nll(self, x, z):
        mean, variance = (self.weight * z, 0.25) if self.reads_z else (0 * z, self.all_of_x)
        return 0.5 * ((x - mean) ** 2 / variance + math.log(2 * math.pi * variance)).sum(1)

    def loader(self):
        """40 batches of 32 rows."""
        for _ in range(40):
            yield self.weight * torch.randn(32, 4) + 0.5 * torch.randn(32, 4)


def snippets(page):
    text = page.read_text(encoding="utf-8")
    found = [part.split("```", 1)[0] for part in text.split("```python\n")[1:]]
    if len(found) != 2:
        sys.exit(f"{page}: {len(found)} Python blocks, expected the lines to copy and save_file")
    return found


def provide_safetensors(save_file):
    try:
        import safetensors.torch
    except ImportError:
        names = {}
        exec(save_file, names)
        package, module = types.ModuleType("safetensors"), types.ModuleType("safetensors.torch")
        module.save_file = names["save_file"]
        package.torch = module
        sys.modules.update({"safetensors": package, "safetensors.torch": module})


def diagnose(program, lines, model):
    torch.manual_seed(1)
    exec(lines, {"model": model, "loader": model.loader()})
    done = subprocess.run([program, "posteriors.safetensors", "--json"], capture_output=True, text=True)
    if done.returncode == 2:
        sys.exit(done.stderr)
    return done.returncode, json.loads(done.stdout)


def check(is_right, what):
    if not is_right:
        sys.exit(f"wrong: {what}")
    print(what)


def main(page, program):
    lines, save_file = snippets(page)
    count = sum(1 for line in lines.splitlines() if line.strip())
    check(count <= LINES, f"the page asks for {count} lines")
    provide_safetensors(save_file)
    for model, status, verdict in [(LinearVae(2.0), 0, "healthy"), (LinearVae(0.02), 3, "collapsed"),
                                   (LinearVae(2.0, reads_z=False), 3, "rate committed but unused")]:
        given, found = diagnose(program, lines, model)
        check((given, found["verdict"]) == (status, verdict), f"{found['sentence']} ({verdict})")
        # The rate of an exact posterior; 6 standard errors: a false alarm in 500 million.
        rate = 2 * math.log(model.all_of_x / 0.25)
        error = abs(found["rate_nats"] - rate)
        check(error <= 6 * found["rate_standard_error"] + 1e-6, f"  rate {found['rate_nats']:.4f}, known {rate:.4f}")
        check(found["rows"] == 1280 and found["latent"] == 4, "  1280 rows, 4 dimensions")
        doubts = [one for one in found["warnings"] if "nll_permuted is nll" not in one]
        check(doubts == [], "  no warning of the file")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    page, program = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="posteriors-") as folder:
        os.chdir(folder)
        main(page, program)
        os.chdir("/")

#!/usr/bin/env python3
"""Opens a page of `diagnose_posteriors --html` in Chromium, and looks at it.

    posteriors_test.py DIAGNOSE_POSTERIORS [SCREENSHOTS]

Exit status 77 where Chromium is not here: the test is skipped. With a folder as its second argument
the pictures that it looks at are kept there."""

import array
import json
import math
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import unittest

import webdriver

CHECKS = (pathlib.Path(__file__).parent / "checks.js").read_text(encoding="utf-8")
HOSTILE = "</script><b>&\"'"

PROGRAM, SCREENSHOTS = None, None


def write(path, tensors):
    header, data = {}, b""
    for name, (shape, values) in tensors.items():
        raw = array.array("f", values).tobytes()
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def posteriors(rows=200, latent=70):
    """Half of the dimensions hold something; z of another row costs 5 nats."""
    draw = random.Random(1).gauss
    used = [d % 2 for _ in range(rows) for d in range(latent)]
    nll = [10 + draw(0, 1) for _ in range(rows)]
    return {"mu": ([rows, latent], [one * draw(0, 0.9) for one in used]),
            "logvar": ([rows, latent], [one * math.log(0.2) for one in used]),
            "nll": ([rows], nll), "nll_permuted": ([rows], [one + 5 + draw(0, 1) for one in nll]),
            "labels": ([rows], [0] * rows)}


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="diagnose-posteriors-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        every = posteriors()
        few = {name: every[name] for name in ("mu", "logvar")}
        for name, tensors, more in (("every", every, ["--name", HOSTILE, "--row", "image"]), ("few", few, [])):
            write(cls.folder / f"{name}.safetensors", tensors)
            done = subprocess.run([PROGRAM, f"{name}.safetensors", "--html", f"{name}.html", *more],
                                  cwd=cls.folder, capture_output=True, text=True)
            if done.returncode == 2:
                raise RuntimeError(done.stderr)
        cls.browser = webdriver.Browser().__enter__()
        cls.addClassCleanup(cls.browser.__exit__)

    def open(self, page, width, scheme="light"):
        self.browser.resize(width, 900)
        self.browser.media("screen", scheme)
        self.browser.open(self.folder / f"{page}.html")
        self.assertEqual([], self.browser.console())

    def texts(self, selector):
        return self.browser.run(f"return [...document.querySelectorAll({selector!r})].map(e => e.textContent)")

    def test_legible_at_both_widths_in_both_schemes(self):
        for page in ("every", "few"):
            for width in (400, 1400):
                for scheme in ("light", "dark"):
                    with self.subTest(page=page, width=width, scheme=scheme):
                        self.open(page, width, scheme)
                        found = self.browser.run(CHECKS)
                        self.browser.screenshot((SCREENSHOTS or self.folder) / f"{page}-{width}-{scheme}.png", whole=True)
                        self.assertEqual(0, found["overflow"])
                        for fault in ("outside", "small", "pale", "requests"):
                            self.assertEqual([], found[fault])
                        self.assertEqual(scheme == "dark", found["background"] < 0.1)
                        self.assertEqual([True], [one["label"].startswith("KL of each dimension of ") and one["painted"] > 1000
                                                  for one in found["charts"]])

    def test_first_screen_says_whether_z_is_used(self):
        self.open("every", 400)
        self.assertRegex(self.texts(".verdict .sentence")[0],
                         r"^z is used: with the z of another image the NLL rises from .* nats an image\.$")
        self.assertLess(self.browser.run(
            "return document.querySelector('.verdict .sentence').getBoundingClientRect().bottom"), 900)

    def test_what_is_not_known_has_no_figure_and_is_named(self):
        self.open("few", 1400)
        shown = self.texts("dt")
        self.assertNotIn("NLL", shown)
        self.assertIn("mutual information", shown)
        self.assertEqual(["nll", "nll_permuted", "correct"], self.texts("#lack tbody td:first-child"))
        self.open("every", 1400)
        self.assertIn("NLL", self.texts("dt"))
        self.assertEqual(["correct"], self.texts("#lack tbody td:first-child"))
        self.assertIn('Not read: "labels".', self.texts("#lack p"))

    def test_dimensions_are_sorted_and_the_rest_is_counted(self):
        self.open("every", 1400)
        bars = self.browser.run(
            "return Chart.getChart(document.querySelector('#dimensions canvas')).data.datasets[0].data")
        self.assertEqual(64, len(bars))
        self.assertEqual(sorted(bars, reverse=True), bars)
        self.assertIn("The other 6 hold 0.00 nats together.", self.texts("#dimensions .about")[0])

    def test_a_name_cannot_become_markup(self):
        self.open("every", 1400)
        self.assertEqual([], self.texts("main b"))
        self.assertIn(HOSTILE, self.texts(".who")[0])


if __name__ == "__main__":
    PROGRAM, SCREENSHOTS = webdriver.arguments()
    unittest.main(argv=sys.argv[:1], verbosity=2)

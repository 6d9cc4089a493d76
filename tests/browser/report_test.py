#!/usr/bin/env python3
"""Opens a report of `reinflect report` in Chromium, and looks at it.

    report_test.py REINFLECT [SCREENSHOTS]

Exit status 77 where Chromium is not here: the test is skipped. With a folder as its second argument
the pictures that it looks at are kept there."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import webdriver

HERE = pathlib.Path(__file__).parent
CHECKS = (HERE / "checks.js").read_text(encoding="utf-8")
HOSTILE = "</script><b>&\"'\u2028"

REINFLECT, SCREENSHOTS = None, None


def reinflect(folder, *arguments):
    done = subprocess.run([REINFLECT, *arguments], cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"reinflect {' '.join(arguments)}: {done.stderr}")
    return done.stdout


SIZES = ["--embedding", "8", "--latent", "8", "--encoder-hidden", "16", "--decoder-hidden", "16",
         "--batch", "16", "--warmup", "4", "--threads", "1", "--copies", "0"]


def make_reports(folder):
    """Two tiny runs, one with attention, a comparison of two seeds, and their reports."""
    reinflect(folder, "corpus", "--out", "corpus", "--train", "150", "--dev", "40", "--test", "30",
              "--unseen", "10")
    rows = ["--train", "corpus/train.tsv", "--dev", "corpus/dev.tsv", *SIZES]
    reinflect(folder, "train", "--out", "one", "--epochs", "6", "--latent-per-place", "0", "--attention", "8",
              "--objective", "free_bits(groups=1,rate=20)", *rows)
    reinflect(folder, "train", "--out", "two", "--epochs", "3", "--latent-per-place", "0", *rows)
    reinflect(folder, "compare", "--out", "comparison", "--methods", "elbo,mdr", "--seeds", "2",
              "--epochs", "2", *rows)
    dev = (folder / "corpus/dev.tsv").read_text(encoding="utf-8")
    tags = dev.split("\t")[1]
    hostile = dev + f"ev{HOSTILE}\t{tags}\tev{HOSTILE}\n"
    (folder / "hostile.tsv").write_text(hostile, encoding="utf-8")
    reinflect(folder, "report", "--run", "one", "two", "--run", "comparison", "--data",
              "hostile.tsv", "--samples", "5", "--probe-rows", "10", "--threads", "1", "--out",
              "report.html")
    # A z for each place, and one of the whole word.
    reinflect(folder, "train", "--out", "places", "--epochs", "3", "--latent-per-place", "6",
              "--objective", "free_bits(groups=1,rate=30)", *rows)
    reinflect(folder, "report", "--run", "places", "--data", "corpus/dev.tsv", "--samples", "5",
              "--probe-rows", "10", "--threads", "1", "--out", "places.html")
    # One run, on words that all ask for the same form: no label tells them apart.
    words = dict.fromkeys(line.split("\t")[0] for line in dev.splitlines())
    alike = "".join(f"{word}\t{tags}\t{word}\n" for word in words)
    (folder / "alike.tsv").write_text(alike, encoding="utf-8")
    reinflect(folder, "report", "--run", "one", "--data", "alike.tsv", "--samples", "5",
              "--probe-rows", "10", "--threads", "1", "--out", "single.html")


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="reinflect-report-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        make_reports(cls.folder)
        cls.browser = webdriver.Browser().__enter__()
        cls.addClassCleanup(cls.browser.__exit__)

    def open(self, width, scheme="light", page="report.html"):
        self.browser.resize(width, 900)
        self.browser.media("screen", scheme)
        self.browser.open(self.folder / page)
        self.assertEqual([], self.browser.console())

    def keep(self, name):
        file = (SCREENSHOTS or self.folder) / f"{name}.png"
        self.browser.screenshot(file, whole=True)

    def test_legible_at_both_widths_in_both_schemes(self):
        for width in (400, 1400):
            for scheme in ("light", "dark"):
                with self.subTest(width=width, scheme=scheme):
                    self.open(width, scheme)
                    found = self.browser.run(CHECKS)
                    self.keep(f"{width}-{scheme}")
                    self.assertEqual(0, found["overflow"])
                    self.assertEqual([], found["outside"])
                    self.assertEqual([], found["small"])
                    self.assertGreaterEqual(found["chartFont"], 12)
                    self.assertEqual([], found["pale"])
                    self.assertEqual(scheme == "dark", found["background"] < 0.1)
                    self.assertEqual([], found["requests"])
                    self.check_charts(found["charts"])

    def check_charts(self, charts):
        labels = [chart["label"] for chart in charts]
        for wanted in ("NLL, nats a word", "Rate, nats a word", "ELBO on dev, nats a word",
                       "Exact match on dev, %", "Multiplier and weight of the KL",
                       "Examples a second", "Rate and distortion", "Latent map of one",
                       "Latent map of two", "Importance of the dimensions of one",
                       "KL per dimension of one", "KL per dimension of two"):
            self.assertIn(wanted, labels)
        for chart in charts:
            with self.subTest(chart=chart["label"]):
                self.assertGreater(chart["points"], 0)
                self.assertGreater(chart["width"], 200)
                self.assertGreater(chart["height"], 150)
                self.assertGreater(chart["painted"], 1000)
                self.assertGreater(chart["colours"], 20)

    def test_first_screen_says_whether_z_is_used(self):
        self.open(400)
        sentences = self.browser.run(
            "return [...document.querySelectorAll('.verdict .sentence')].map(s => s.textContent)")
        self.assertEqual(3, len(sentences))
        for sentence in sentences[:2]:
            self.assertRegex(sentence, r"^z is .*(accuracy|the NLL) (falls from|rises from|is) "
                                       r".*neighbours in z share")
        bottom = self.browser.run(
            "return document.querySelector('.verdict .sentence').getBoundingClientRect().bottom")
        self.assertLess(bottom, 900)

    def test_whether_a_method_collapsed_stands_with_its_name_and_in_sight(self):
        for width in (400, 1400):
            self.open(width)
            for scrolled in (0, 10000):
                with self.subTest(width=width, scrolled=scrolled):
                    notes = self.browser.run(f"""
                        const rows = [...document.querySelectorAll('.comparison tbody tr')];
                        rows[0].closest('.table').scrollLeft = {scrolled};
                        return rows.map(row => {{
                          const note = row.children[0].querySelector('.chance');
                          const box = note.getBoundingClientRect();
                          const own = row.closest('.table').getBoundingClientRect();
                          return [note.textContent, box.left >= own.left - 1,
                                  box.right <= Math.min(own.right, innerWidth) + 1];
                        }})""")
                    self.assertEqual(2, len(notes))
                    self.assertTrue(any("COLLAPSED" in text for text, *_ in notes))
                    for text, *places in notes:
                        self.assertRegex(text, "^(z is used|(1 of 2 )?COLLAPSED)$")
                        self.assertEqual([True, True], places)

    def test_one_run_without_labels(self):
        for width in (400, 1400):
            with self.subTest(width=width):
                self.open(width, page="single.html")
                self.keep(f"single-{width}")
                self.assertEqual(["map"], self.browser.run(
                    "return [...document.querySelectorAll('#latent label')]"
                    ".filter(l => l.querySelector('select')).map(l => l.firstChild.data)"))
                self.assertEqual(0, self.browser.run(
                    "return document.querySelectorAll('#latent .legend, #latent table').length"))
                map_width, card = self.browser.run("""
                    const canvas = document.querySelector('[aria-label="Latent map of one"]');
                    const card = canvas.closest('.card'), style = getComputedStyle(card);
                    return [canvas.clientWidth,
                            card.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)]""")
                self.assertAlmostEqual(card, map_width, delta=2)
                self.assertEqual(0, self.browser.run(CHECKS)["overflow"])

    def test_places_of_z(self):
        for width in (400, 1400):
            for scheme in ("light", "dark"):
                with self.subTest(width=width, scheme=scheme):
                    self.open(width, scheme, page="places.html")
                    found = self.browser.run(CHECKS)
                    self.keep(f"places-{width}-{scheme}")
                    self.assertEqual(0, found["overflow"])
                    self.assertEqual([], found["outside"])
                    self.assertEqual([], found["small"])
                    self.assertEqual([], found["pale"])
                    labels = [chart["label"] for chart in found["charts"]]
                    self.assertIn("Nats by place of places", labels)
                    self.assertIn("KL per place of places", labels)
        bars, rows, kl = self.browser.run("""
            const chart = Chart.getChart(document.querySelector('[aria-label="Nats by place of places"]'));
            const {places} = JSON.parse(document.getElementById('data').textContent).runs[0].diagnosis;
            return [chart.data.datasets[0].data, places.rows_per_place, places.kl_per_place]""")
        self.assertEqual(kl, bars)
        self.assertEqual(len(rows), len(bars))
        # The length, the columns of the global z, then the places, in this order.
        ticks = self.browser.run("""
            const chart = Chart.getChart(document.querySelector('[aria-label="KL per place of places"]'));
            return chart.scales.y.ticks.map(tick => tick.label)""")
        self.assertEqual("length", ticks[0])
        self.assertIn("global z", ticks)
        figures = self.browser.run("""
            return [...document.querySelectorAll('#evidence dt, .changes td')].map(name => name.textContent)""")
        for wanted in ("mutual information at most", "in use", "z of another word of as many places",
                       "without attention to places", "the global z of another word"):
            self.assertIn(wanted, figures)
        weights = self.browser.run("""
            const rows = [...document.querySelectorAll('#place-attention .weights')][0].querySelectorAll('tbody tr');
            return [...rows].map(row => parseFloat(row.querySelectorAll('td')[0].textContent))""")
        self.assertAlmostEqual(1, sum(weights), delta=0.01 * len(weights))

    def test_lines_of_training_are_told_apart(self):
        self.open(1400)
        kinds = self.browser.run("""
            return Object.fromEntries([...document.querySelectorAll('#training .card')].map(card =>
              [card.querySelector('h3').textContent, [...card.querySelectorAll('.lines span')].map(s => s.textContent)]))""")
        self.assertEqual(["multiplier", "weight"], kinds["Multiplier and weight of the KL"])
        self.assertEqual(["dev", "train"], kinds["NLL, nats a word"])
        self.assertNotIn("Examples a second", kinds)
        self.assertEqual(1, self.browser.run(
            "return document.querySelectorAll('#how [aria-label=\"Examples a second\"]').length"))
        marks = self.browser.run("""
            return Chart.getChart(document.querySelector('[aria-label="ELBO on dev, nats a word"]'))
              .data.datasets.map(d => `${d.borderColor} ${d.pointStyle} ${d.pointBackgroundColor}`)""")
        self.assertEqual(6, len(marks))
        self.assertEqual(6, len(set(marks)))
        names = self.browser.run(
            "return [...document.querySelectorAll('#plane .legend button')].map(b => b.textContent)")
        self.assertEqual(["one", "two", "elbo", "mdr"], names)

    def test_hover_shows_a_word_in_both_maps(self):
        self.open(1400)
        place = self.browser.run("""
            const canvas = document.querySelector('[aria-label="Latent map of one"]');
            canvas.scrollIntoView({block: 'center'});
            const chart = Chart.getChart(canvas), box = canvas.getBoundingClientRect();
            const set = chart.data.datasets.findIndex(d => d.data.length > 0);
            const at = chart.getDatasetMeta(set).data[0].getCenterPoint();
            return [box.left + at.x, box.top + at.y]""")
        self.browser.point_at(*place)
        tips = self.browser.run("""
            return ['one', 'two'].map(name => {
              const {tooltip} = Chart.getChart(document.querySelector(`[aria-label="Latent map of ${name}"]`));
              return {opacity: tooltip.opacity, title: tooltip.title, lines: tooltip.body.flatMap(b => b.lines)};
            })""")
        self.assertGreater(tips[0]["opacity"], 0)
        self.assertTrue(tips[0]["title"][0])
        self.assertTrue(any(line.startswith("guess ") for line in tips[0]["lines"]))
        self.assertTrue(any("=" in line for line in tips[0]["lines"]))
        self.assertEqual(tips[0]["title"], tips[1]["title"])
        if SCREENSHOTS:
            self.browser.screenshot(SCREENSHOTS / "hover.png")

    def test_colours_follow_the_label(self):
        self.open(1400)
        sizes = "const c = Chart.getChart(document.querySelector('[aria-label=\"Latent map of one\"]'));" \
                "return c.data.datasets.map(d => d.label)"
        before = self.browser.run(sizes)
        self.browser.run("""
            const choice = document.querySelector('#latent select');
            choice.value = choice.options.length - 1;
            choice.dispatchEvent(new Event('change'))""")
        self.assertNotEqual(before, self.browser.run(sizes))

    def test_comparison_is_sorted_by_a_press(self):
        self.open(1400)
        cells = "return [...document.querySelectorAll('.comparison tbody tr')].map(r => r.children[1].textContent)"
        press = "document.querySelectorAll('.comparison th button')[1].click()"
        self.browser.run(press)
        falling = self.browser.run(cells)
        self.browser.run(press)
        rising = self.browser.run(cells)
        self.assertEqual(2, len(rising))
        numbers = [float(cell.split()[0]) for cell in rising]
        self.assertEqual(sorted(numbers), numbers)
        self.assertEqual(sorted(numbers, reverse=True), [float(cell.split()[0]) for cell in falling])
        self.assertEqual("ascending", self.browser.run(
            "return document.querySelectorAll('.comparison th')[1].getAttribute('aria-sort')"))

    def test_words_cannot_become_markup(self):
        self.open(1400)
        self.assertEqual(0, self.browser.run("return document.querySelectorAll('main b').length"))
        self.browser.run("document.querySelectorAll('#errors button').forEach(b => b.click())")
        text = self.browser.run("return document.querySelector('#errors').textContent")
        self.assertIn(HOSTILE, text)

    def test_tables_and_sections(self):
        self.open(1400)
        ids = self.browser.run("return [...document.querySelectorAll('section')].map(s => s.id)")
        for wanted in ("evidence", "latent", "training", "heat", "plane", "errors", "between", "samples",
                       "attention", "how", "comparison-0"):
            self.assertIn(wanted, ids)
        weights = self.browser.run("""
            const rows = [...document.querySelectorAll('.weights')][0].querySelectorAll('tbody tr');
            return [...rows].map(row => parseFloat(row.querySelectorAll('td')[0].textContent))""")
        self.assertAlmostEqual(1, sum(weights), delta=0.01 * len(weights))

    def test_print_is_light(self):
        self.open(1400, "dark")
        self.browser.media("print", "dark")
        self.assertGreater(self.browser.run(CHECKS)["background"], 0.9)
        self.browser.media("screen", "dark")


if __name__ == "__main__":
    REINFLECT, SCREENSHOTS = webdriver.arguments()
    unittest.main(argv=sys.argv[:1], verbosity=2)

#!/usr/bin/env python3
"""Writes docs/reference/ops_and_layers.md from the doc comments of the headers.

    scripts/ops_page.py            writes the page
    scripts/ops_page.py --check    fails if the page is not what the headers say

An op is a function template outside `detail` in autodiff/ops/ that takes a context first; a layer is
a class in nn/ that is made with a Layout or called with a context, or an alias of one; the parts of a VAE
are the classes in latent/ and model/ that are made with a Layout. Each needs a sentence or formula,
\\shape and \\cost; a class may have the last two at its operator(), and an overload whose comment is
\\copydoc has no row."""

import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = "docs/reference/ops_and_layers.md"
HEADERS = "include/vaecollapse"

# The headers of a section in their order; one that is in no section comes last in the first.
SECTIONS = [
    ("Ops for any network", ["arithmetic", "functions", "activation", "reductions", "matmul", "affine", "softmax",
                             "shape", "gather", "layer_norm", "dropout", "stop_gradient"]),
    ("Losses", ["losses", "cross_entropy", "softmax_cross_entropy", "linear_cross_entropy",
                "bag_cross_entropy"]),
    ("Sequences", ["embedding", "contributions", "contribution_kinds", "sequence_attention", "places", "unit_dropout",
                   "column_subset", "recurrent", "cell", "gru", "lstm", "attention"]),
    ("Distributions", ["gaussian", "gaussian_density", "mixture", "von_mises_fisher", "batch_norm"]),
]

# The folders of classes, and whether what is called with a context is one besides what is made with a Layout.
CLASSES = [
    ("Layers", ["nn"], True),
    ("Posterior families and priors", ["latent", "latent/transform"], False),
    ("Encoders, decoders and their parts", ["model"], False),
]

HEAD = """# All ops and layers

Made by `scripts/ops_page.py` from the doc comments of the headers; a test holds the two equal.
[Letters of shapes](shapes.md) explains B, N, H and the others. A column is one example, or one example
at one step.

An *op* is a function whose first argument is a context: a `Tape`, which records it for `backward`, or a
`Workspace`, which only computes. Ops are functions and not operators, because a `Var` does not know its
context: write `vc::add(cx, a, b)`. Every op checks its shapes; a shape that does not fit is a `ShapeError`
that names the op, the operands and what would fit. An op on constants and frozen parameters records nothing.
Costs are those of the forward pass, unless the table says otherwise.

A *layer* declares its parameters in a `Layout` and owns no numbers. It is called with a context.
[Your own layer](../tutorials/your_own_layer.md) shows how to write one, and an op. The parts of a VAE are
made in the same way: a posterior family gives q(z|x) from what the encoder makes of a batch, and a decoder
reads z.

A *sequence* (`vc::Sequence`) is a matrix, `columns`, with a column for each step of each row, and a `plan`:
step t of row r is column `plan->column(r, t)`. A recurrent layer reads a sequence, or what an `Embedding`
makes of symbols, of which `vc::gather(cx, embedded)` makes a sequence. The layer's result has `states`, the
sequence of all outputs, `last()`, the last output of each row, and `last_state()`. `Linear` makes a sequence
of a sequence. Ops for matrices take `columns`: with a label for each step, the loss is
`vc::cross_entropy(cx, logits.columns, labels)`.

What draws random numbers takes `vc::Draws(seed, step)`, which are of training, or
`vc::Draws(seed, step, vc::Pass::evaluate)`. Equal ones give equal numbers. A `vc::Stream` keeps the draws of
two places in a network apart: give each dropout a number of its own, from `vc::Stream(1001)` on.
"""


class Header:
    """A header without what is in `detail`."""

    def __init__(self, path, root):
        self.path = path
        self.include = path.relative_to(root / "include").as_posix()
        text = path.read_text(encoding="utf-8")
        first = " ".join(line[2:].strip() for line in re.match(r"(//[^/\n][^\n]*\n)*", text).group(0).splitlines())
        self.title = re.sub(r",? on the tape\b", "", re.split(r"[.:](?: |$)", first)[0])
        while (found := re.search(r"^namespace detail \{", text, flags=re.MULTILINE)) is not None:
            end = closing(text, found.end() - 1)
            text = text[:found.start()] + re.sub(r"[^\n]", "", text[found.start():end]) + text[end:]
        self.text = text

    def place(self, at):
        return f"{self.path.name}:{self.text.count(chr(10), 0, at) + 1}"


def closing(text, at):
    """The place behind the bracket that closes the one at `at`."""
    pair = {"{": "}", "(": ")"}
    depth = 0
    for place in range(at, len(text)):
        if text[place] == text[at]:
            depth += 1
        elif text[place] == pair[text[at]]:
            depth -= 1
            if depth == 0:
                return place + 1
    raise SystemExit(f"a bracket is not closed: {text[at:at + 60]}")


class Doc:
    """The parts of a doc comment: its first paragraph, and what its commands say."""

    def __init__(self, comment):
        lines = [line.strip().removeprefix("///") for line in (comment or "").splitlines()]
        text = "\n".join(line.strip() for line in lines if not line.startswith("     "))
        parts = re.split(r"\\(shape|cost|throws|pre|unit|source|return|t?param)\b", text)
        self.brief = parts[0].split("\n\n")[0].strip()
        self.parts = {}
        for name, value in zip(parts[1::2], parts[2::2]):
            self.parts[name] = (self.parts.get(name, "") + "; " + value.strip()).removeprefix("; ").rstrip(".")


def cell(text):
    """Text that stands in a table of Markdown."""
    text = re.sub(r"\s+", " ", text).strip()
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(piece.replace("|", "\\|") if piece.startswith("`") else
                   piece.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*") for piece in pieces)


COMMENT = r"(?P<doc>(?:^[ ]*///[^\n]*\n)*)"


def names_of(parameters):
    """The names of parameters: the last word of each, before its default."""
    names, depth, part = [], 0, ""
    for character in parameters + ",":
        depth += {"<": 1, "(": 1, "{": 1, ">": -1, ")": -1, "}": -1}.get(character, 0)
        if character == "," and depth == 0:
            words = re.findall(r"\w+", part.split("=")[0])
            names.append(words[-1] + ("..." if "..." in part else ""))
            part = ""
        else:
            part += character
    return names


def ops_of(header):
    """Rows [call, doc, place] of the ops of a header."""
    for found in re.finditer(COMMENT + r"^template <(?P<head>[^;{]*?\b(?P<name>\w+)(?P<open>\()\s*C&(?: cx\b|,))",
                             header.text, flags=re.MULTILINE):
        end = closing(header.text, found.start("open"))
        given = ["cx", *names_of(header.text[found.end("open"):end - 1])[1:]]
        call = f"{found['name']}({', '.join(given)})"
        doc = Doc(found["doc"])
        if not doc.brief.startswith("\\copydoc"):
            yield call, doc, header.place(found.end())


def shape_and_cost(doc, body):
    """Those of a class, or where it says nothing those of its operator()."""
    docs = [doc] + [Doc(found["doc"]) for found in re.finditer(
        COMMENT + r"^[ ]*template <[^;{]*?\boperator\(\)\(", body, flags=re.MULTILINE)]
    for name in ("shape", "cost"):
        if name not in doc.parts:
            values = [one.parts[name] for one in docs if name in one.parts]
            if values:
                doc.parts[name] = "; or ".join(dict.fromkeys(values))
    return doc


def sizes_of(parameters, body, headers):
    """The names of the sizes that a class is made with: its `Sizes`, or those of another name."""
    name = re.search(r"(\w+)&? sizes\b", parameters)[1]
    other = re.search(rf"using {name} = (\w+);", body)
    for text in [body, *(header.text for header in headers)]:
        found = re.search(rf"struct {other[1] if other else name} \{{(.*?)\n\s*\}};", text, flags=re.DOTALL)
        if found:
            return re.findall(r"^\s*[\w:<>]+ (\w+)(?: = [^;]*|\{[^;]*)?;", found[1], flags=re.MULTILINE)
    return []


def layers_of(header, headers, if_called):
    """Rows of the layers of a header: with `if_called`, also of those that no Layout makes."""
    for found in re.finditer(COMMENT + r"^(?:template <[^\n]*>\n)?class (?P<name>\w+)[^;{]*\{", header.text,
                             flags=re.MULTILINE):
        end = closing(header.text, found.end() - 1)
        body = header.text[found.end():end]
        made = re.search(rf"\b{found['name']}(\()(Layout& layout)?", body)
        if not made or not (made[2] or if_called and re.search(r"operator\(\)\(C& cx", body)):
            continue
        parameters = body[made.end(1):closing(body, made.start(1)) - 1]
        given = names_of(parameters)
        if "sizes" in given:
            names = sizes_of(parameters, body, headers)
            given = [*given[:given.index("sizes")], f"{{{', '.join(names)}}}"]
        call = f"{found['name']}({', '.join(given)})"
        yield call, shape_and_cost(Doc(found["doc"]), body), header.place(found.end())


def aliases_of(header, layers):
    """Rows of the layers that are others with template arguments: what the alias does not say, they do."""
    for found in re.finditer(COMMENT + r"^using (?P<name>\w+) = (?P<of>\w+)<", header.text, flags=re.MULTILINE):
        for call, base, _ in layers:
            if call.startswith(found["of"] + "("):
                doc = Doc(found["doc"])
                doc.parts = base.parts | doc.parts
                yield found["name"] + call.removeprefix(found["of"]), doc, header.place(found.end())


def table(heads, rows, problems):
    """Rows of `heads` and of [call, doc, place], where a row's further cells may stand behind."""
    lines = [f"| {' | '.join(heads)} | what it computes | shapes | cost |", "|---" * (len(heads) + 3) + "|"]
    for call, doc, place, *more in rows:
        for part, value in [("a sentence or formula", doc.brief), ("\\shape", doc.parts.get("shape")),
                            ("\\cost", doc.parts.get("cost"))]:
            if not value:
                problems.append(f"{place}: {call.split('(')[0]} lacks {part}")
        cells = [f"`{call}`", *more, doc.brief, doc.parts.get("shape", ""), doc.parts.get("cost", "")]
        lines.append("| " + " | ".join(map(cell, cells)) + " |")
    return "\n".join(lines) + "\n"


def part(header, rows, problems):
    return f"\n### {header.title}\n\n`<{header.include}>`\n\n{table(['op'], rows, problems)}"


def make_page(root):
    problems, page = [], HEAD
    headers = {path.stem: Header(path, root) for path in sorted((root / HEADERS / "autodiff/ops").glob("*.hpp"))}
    placed = {name for _, names in SECTIONS for name in names}
    for section, names in SECTIONS:
        here = names + [name for name in headers if name not in placed and section == SECTIONS[0][0]]
        parts = ""
        for name in here:
            rows = list(ops_of(headers[name])) if name in headers else []
            parts += part(headers[name], rows, problems) if rows else ""
        page += f"\n## {section}\n{parts}" if parts else ""
    for title, folders, if_called in CLASSES:
        headers = [Header(path, root) for folder in folders
                   for path in sorted((root / HEADERS / folder).glob("*.hpp"))]
        layers = [row for header in headers for row in layers_of(header, headers, if_called)]
        rows = [(*row, f"`{header.path.relative_to(root / HEADERS).as_posix()}`") for header in headers
                for row in [*layers_of(header, headers, if_called), *aliases_of(header, layers)]]
        if rows:
            page += f"\n## {title}\n\n{table(['class', 'header'], rows, problems)}"
    return page, problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    page, problems = make_page(ROOT)
    path = ROOT / PAGE
    if options.check and (not path.is_file() or path.read_text(encoding="utf-8") != page):
        problems.append(f"{PAGE} is not what the headers say: run scripts/ops_page.py")
    if not options.check:
        path.write_text(page, encoding="utf-8")
    for problem in problems:
        print(f"ops_page.py: {problem}", file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes the tables of a page afresh from the benchmarks' results.

  bench_tables.py --results DIR --page FILE.md

DIR holds what the programs wrote: decode.json, gru.json, kernels.json, lstm.json, tape.json, train_step.json,
vocabulary.json (Google Benchmark's format) and peers.tsv (bench_peers --tsv). In the page, whatever stands between
`<!-- table: NAME -->` and `<!-- /table -->` is replaced; a table whose results are not there stays as
it is. Standard library only.
"""

import argparse
import csv
import json
import pathlib
import re
import sys


class Results:
    """The medians of one program's benchmarks, by name."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
        self.context = data["context"]
        self.rows = {}
        for run in data["benchmarks"]:
            if run.get("error_occurred"):
                sys.exit(f"{path}: {run['name']}: {run['error_message']}")
            if run["run_type"] == "aggregate" and run["aggregate_name"] != "median":
                continue
            self.rows[run["run_name"].removesuffix("/real_time")] = run

    def matching(self, pattern):
        """(match, run) of every benchmark whose whole name matches."""
        for name, run in self.rows.items():
            match = re.fullmatch(pattern, name)
            if match:
                yield match, run


def table(head, rows):
    """A Markdown table; numbers stand to the right."""
    if not rows:
        return None
    right = [all(re.match(r"^[-\d.]", row[i]) for row in rows) for i in range(len(head))]
    lines = ["| " + " | ".join(head) + " |"]
    lines.append("|" + "|".join(" ---: " if r else " --- " for r in right) + "|")
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def digits(value, significant=3):
    """A number with so many digits that count, and no exponent."""
    if value is None:
        return "-"
    if value == 0:
        return "0"
    places = significant - 1
    magnitude = abs(value)
    while magnitude >= 10:
        magnitude /= 10
        places -= 1
    while magnitude < 1:
        magnitude *= 10
        places += 1
    return f"{value:.{max(places, 0)}f}"


def ratio(slow, fast):
    return "-" if slow is None or fast is None else f"{slow / fast:.2f}"


def context_table(programs):
    names = {
        "processor": "processor", "threads": "cores", "instruction_set": "instruction set",
        "compiler": "compiler", "flags": "flags", "eigen": "Eigen", "xsimd": "xsimd",
        "google_benchmark": "Google Benchmark", "vaecollapse": "vaecollapse", "commit": "commit",
        "fma_peak_gflops_1_thread": "FMA peak of one thread, GFLOP/s",
        "fma_peak_gflops_all_threads": "FMA peak of all threads, GFLOP/s", "date": "measured",
    }
    context = next(iter(programs.values())).context
    rows = [[text, str(context[name]).strip()] for name, text in names.items() if name in context]
    return table(["", ""], rows)


def recurrent_table(results, cell_name, what):
    """A row a shape: nanoseconds per token and example, and percent of peak."""
    shapes = {}
    for match, run in results.matching(rf"{cell_name}/{what}/(\w+)/T:(\d+)/B:(\d+)/I:(\d+)/H:(\d+)"):
        shape = tuple(int(match[i]) for i in (5, 3, 2, 4))
        shapes.setdefault(shape, {})[match[1]] = run
    rows = []
    for (hidden, batch, steps, inputs), by_who in sorted(shapes.items()):
        def cell(who):
            run = by_who.get(who)
            if run is None:
                return "-"
            return f"{run['ns_per_token']:.0f} ({run['percent_of_peak']:.0f})"

        def nanoseconds(who):
            return by_who[who]["ns_per_token"] if who in by_who else None

        rows.append([str(hidden), str(batch), str(steps), str(inputs), cell("naive"),
                     cell("eigen"), cell("packed"), ratio(nanoseconds("eigen"), nanoseconds("packed")),
                     cell("packed_2_threads"),
                     ratio(nanoseconds("packed"), nanoseconds("packed_2_threads"))])
    return table(["H", "B", "T", "I", "naive", "Eigen", "packed", "Eigen / packed", "two threads",
                  "one / two"], rows)


def products_table(kernels):
    products = {}
    for match, run in kernels.matching(r"product/(\w+)/(packed|eigen)/I:(\d+)/O:(\d+)/N:(\d+)"):
        key = tuple(int(match[i]) for i in (3, 4, 5))
        products.setdefault((key, match[1]), {})[match[2]] = run
    rows = []
    for ((inputs, outputs, columns), which), by_who in products.items():
        cells = [f"{by_who[who]['GFLOPs']:.0f} ({by_who[who]['percent_of_peak']:.0f})"
                 if who in by_who else "-" for who in ("packed", "eigen")]
        rows.append([which.replace("_", " "), f"{inputs}", f"{outputs}", f"{columns}", *cells])
    return table(["product", "I", "O", "N", "packed", "Eigen"], rows)


def activations_table(kernels):
    functions = {}
    for match, run in kernels.matching(r"activation/(\w+)/(ours|eigen|std)"):
        functions.setdefault(match[1], {})[match[2]] = run

    def cell(run):
        return "-" if run is None else f"{digits(run['ns_per_element'])} ({digits(run['ulp'], 2)})"

    rows = [[name] + [cell(by_who.get(who)) for who in ("ours", "eigen", "std")]
            for name, by_who in functions.items()]
    return table(["function", "ours", "Eigen", "std"], rows)


def ops_table(kernels):
    """A row an op and shape, beside Eigen's expression of the same."""
    rows = []
    for match, run in kernels.matching(r"(elementwise|matrix)/(\w+)/ours(?:/I:(\d+)/N:(\d+))?"):
        size = f"/I:{match[3]}/N:{match[4]}" if match[3] else ""
        eigen = kernels.rows.get(f"{match[1]}/{match[2]}/eigen{size}")
        ours, theirs = run["ns_per_element"], eigen["ns_per_element"] if eigen else None
        shape = f"{match[3]} x {match[4]}" if match[3] else "256 x 128"
        rows.append([match[2].replace("_", " "), shape, digits(ours), digits(theirs), ratio(theirs, ours)])
    return table(["op", "shape", "ours, ns", "Eigen, ns", "Eigen / ours"], rows)


def matmul_table(kernels):
    shapes = {}
    for match, run in kernels.matching(r"matmul/(\w+)/(packed|eigen)/I:(\d+)/K:(\d+)/N:(\d+)"):
        shapes.setdefault((match[1], *match.groups()[2:]), {})[match[2]] = run
    rows = []
    for (which, *sizes), by_who in shapes.items():
        cells = [f"{by_who[who]['GFLOPs']:.0f} ({by_who[who]['percent_of_peak']:.0f})" if who in by_who else "-"
                 for who in ("packed", "eigen")]
        rows.append([which, *sizes, *cells])
    return table(["transposed", "I", "K", "N", "ours", "Eigen"], rows)


def sequence_attention_table(kernels):
    passes = {}
    for match, run in kernels.matching(r"sequence_attention/(\w+)/(\w+)/queries:(\d+)"):
        passes.setdefault((match[1], match[3]), {})[match[2]] = run
    rows = []
    for key, by_who in passes.items():
        def rate(who):
            return by_who[who]["GFLOPs"] if who in by_who else None

        cells = [digits(rate(who)) for who in ("naive", "eigen", "ours", "ours_2_threads")]
        rows.append([*key, *cells, ratio(rate("ours"), rate("eigen"))])
    return table(["pass", "queries", "naive", "Eigen", "ours", "two threads", "ours / Eigen"], rows)


def kernels_table(kernels):
    """What is neither a product nor a function: time per thing, and how much slower the twin is."""
    units = {"ns_per_element": "element", "ns_per_tag_of_a_column": "tag of a column",
             "ns_per_parameter": "parameter", "ns_per_tanh": "tanh"}
    rows = []
    for match, run in kernels.matching(r"((?:latent|softmax_cross_entropy|attention|embedding|"
                                       r"additive_attention|optimise)/\w+)/(ours\w*)(/.*)?"):
        unit = next((name for name in units if name in run), None)
        if unit is None:
            continue
        twin = kernels.rows.get(f"{match[1]}/naive{match[3] or ''}")
        name = match[1].replace("/", ": ").replace("_", " ") + (match[3] or "").replace("/", " ")
        if match[2] != "ours":
            name += ", two threads"
        bandwidth = run.get("GB_per_second")
        rows.append([name, units[unit], digits(run[unit]),
                     digits(twin[unit]) if twin else "-", digits(bandwidth)])
    return table(["kernel", "per", "ours, ns", "naive, ns", "GB/s"], rows)


def tape_table(tape):
    rows = []
    for match, run in tape.matching(r"tape/(\w+)/tape/n:(\d+)"):
        loops = tape.rows.get(f"tape/{match[1]}/loops/n:{match[2]}")
        rows.append([match[1], match[2], digits(run["nodes_per_second"] * 1e-6),
                     digits(run["ns_per_node"]), digits(loops["ns_per_node"]) if loops else "-",
                     f"{run['bytes_per_node']:.0f}",
                     f"{loops['bytes_per_node']:.0f}" if loops else "-"])
    return table(["op", "elements", "million nodes a second", "ns a node", "ns in plain loops",
                  "bytes a node", "bytes in plain loops"], rows)


def train_step_table(train_step):
    rows = []
    for match, run in train_step.matching(
            r"train_step/(\w+)/(\w+)/threads:(\d+)/B:64/T:14/H:256"):
        rows.append([match[1], match[2], match[3], f"{run['examples_per_second']:.0f}",
                     f"{run['tokens_per_second']:.0f}", f"{run['GFLOPs']:.0f}",
                     f"{run['percent_of_peak']:.0f}", f"{run['peak_memory_MB']:.0f}"])
    rows.sort()
    return table(["tags", "words", "threads", "examples/s", "tokens/s", "GFLOP/s", "% of peak",
                  "peak memory, MB"], rows)


def decode_table(decode):
    """A row for each search, words a second for each batch."""
    searches, batches = {}, set()
    for match, run in decode.matching(r"decode/(\w+)/threads:(\d+)/V:(\d+)/B:(\d+)"):
        key = (int(match[3]), match[1], int(match[2]))
        searches.setdefault(key, {})[int(match[4])] = run
        batches.add(int(match[4]))
    batches = sorted(batches)
    rows = []
    for (symbols, search, threads), by_batch in searches.items():
        cells = [digits(by_batch[b]["words_per_second"]) if b in by_batch else "-"
                 for b in batches]
        rows.append([search.replace("_", " "), str(symbols), str(threads), *cells])
    rows.sort(key=lambda row: int(row[1]))
    return table(["search", "V", "threads", *(f"B {b}" for b in batches)], rows)


def vocabulary_input_table(vocabulary):
    """Nanoseconds a column, and the time of what is chosen as a share of the faster one's."""
    shapes = {}
    for match, run in vocabulary.matching(r"vocabulary_input/(\w+)/(\w+)/V:(\d+)/N:(\d+)"):
        shapes.setdefault((match[2], match[3], match[4]), {})[match[1]] = run["ns_per_column"]
    rows = []
    for key, times in shapes.items():
        ways = [times.get(way) for way in ("project", "gather")]
        faster = None if None in ways else min(ways)
        rows.append([*key, *(digits(time) for time in (*ways, times.get("chosen"))),
                     ratio(times.get("chosen"), faster)])
    return table(["words", "V", "N", "project, ns", "gather, ns", "chosen, ns", "chosen / faster"],
                 rows)


def vocabulary_output_table(vocabulary):
    """Nanoseconds a column, and percent of peak of the products."""
    shapes = {}
    for match, run in vocabulary.matching(
            r"vocabulary_output/(\w+)/threads:(\d+)/V:(\d+)/N:(\d+)/H:(\d+)"):
        shapes.setdefault(tuple(match.groups()[2:]), {})[f"{match[1]} {match[2]}"] = run
    rows = []
    for shape, by_who in shapes.items():
        times = {who: run["ns_per_column"] for who, run in by_who.items()}
        cells = [f"{digits(times[who])} ({by_who[who]['percent_of_peak']:.0f})"
                 if who in times else "-" for who in ("ours 1", "two_ops 1", "eigen 1", "ours 2")]
        rows.append([*shape, *cells, ratio(times.get("eigen 1"), times.get("ours 1")),
                     ratio(times.get("ours 1"), times.get("ours 2"))])
    return table(["V", "N", "H", "ours", "as two ops", "Eigen", "ours, two threads", "Eigen / ours",
                  "one / two"], rows)


def peers_table(path, is_step):
    """A row a shape, ours and every peer beside it."""
    shapes = {}
    with open(path, encoding="utf-8", newline="") as file:
        lines = [line for line in file if line.strip()]
    head = lines[0] if lines else ""
    for row in csv.DictReader([head] + [line for line in lines if line != head], delimiter="\t"):
        if ("_step" in row["mode"]) != is_step:
            continue
        key = (row["mode"], int(row["threads"]),
               *(int(row[size]) for size in ("H", "B", "T", "I")))
        shapes.setdefault(key, {})[row["peer"]] = row
    peers = sorted({peer for by_peer in shapes.values() for peer in by_peer})
    rows = []
    for key in sorted(shapes):
        by_peer = shapes[key]
        any_row = next(iter(by_peer.values()))
        mode, threads, hidden, batch, steps, inputs = key
        cells = [mode.replace("_", " "), *(str(n) for n in (threads, hidden, batch, steps, inputs))]
        share = float(any_row["percent_of_peak"])
        if is_step:
            cells.append(f"{1e9 / float(any_row['ours_ns']):.0f} ({share:.0f})")
        else:
            cells.append(f"{float(any_row['ours_ns']):.0f} ({share:.0f})")
        for peer in peers:
            row = by_peer.get(peer)
            if row is None:
                cells.append("-")
                continue
            time = float(row["peer_ns"])
            value = f"{1e9 / time:.0f}" if is_step else f"{time:.0f}"
            cells.append(f"{value} ({float(row['ratio']):.2f}x)")
        rows.append(cells)
    return table(["pass", "threads", "H", "B", "T", "I", "ours"]
                 + [peer.replace("_", " ") for peer in peers], rows)


def make_tables(results):
    programs = {}
    for name in ("train_step", "gru", "lstm", "kernels", "tape", "decode", "vocabulary"):
        path = results / f"{name}.json"
        if path.exists():
            programs[name] = Results(path)
    tables = {}
    # Most tables are of GRUs: the context of a run without them would be that of none of these.
    if "gru" in programs:
        tables["context"] = context_table(programs)
    for cell in ("gru", "lstm"):
        for what in ("forward_backward", "forward", "inference") if cell in programs else ():
            tables[f"{cell} {what}"] = recurrent_table(programs[cell], cell, what)
    if "kernels" in programs:
        tables["ops"] = ops_table(programs["kernels"])
        tables["matmul"] = matmul_table(programs["kernels"])
        tables["sequence attention"] = sequence_attention_table(programs["kernels"])
        tables["products"] = products_table(programs["kernels"])
        tables["activations"] = activations_table(programs["kernels"])
        tables["kernels"] = kernels_table(programs["kernels"])
    if "tape" in programs:
        tables["tape"] = tape_table(programs["tape"])
    if "train_step" in programs:
        tables["train_step"] = train_step_table(programs["train_step"])
    if "decode" in programs:
        tables["decode"] = decode_table(programs["decode"])
    if "vocabulary" in programs:
        tables["vocabulary input"] = vocabulary_input_table(programs["vocabulary"])
        tables["vocabulary output"] = vocabulary_output_table(programs["vocabulary"])
    peers = results / "peers.tsv"
    if peers.exists():
        tables["peers gru"] = peers_table(peers, is_step=False)
        tables["peers train_step"] = peers_table(peers, is_step=True)
    return {name: text for name, text in tables.items() if text}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=pathlib.Path, required=True)
    parser.add_argument("--page", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    tables = make_tables(arguments.results)
    written = []

    def replace(match):
        name = match[2]
        if name not in tables:
            return match[0]
        written.append(name)
        return f"{match[1]}\n{tables[name]}\n<!-- /table -->"

    page = arguments.page.read_text(encoding="utf-8")
    page = re.sub(r"(<!-- table: ([^>]*?) -->)\n.*?<!-- /table -->", replace, page, flags=re.DOTALL)
    arguments.page.write_text(page, encoding="utf-8")
    missing = sorted(set(tables) - set(written))
    if missing:
        sys.exit(f"{arguments.page}: no place for: {', '.join(missing)}")
    print(f"{arguments.page}: {', '.join(written) or 'nothing'} written")


if __name__ == "__main__":
    main()

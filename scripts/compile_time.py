#!/usr/bin/env python3
"""What the library costs to compile: seconds, memory, lines, instantiations, and the dear headers.

    scripts/compile_time.py [--repeat N] [--headers] [--json FILE] [PROGRAM...]

Without names: all programs. The lowest of N times is kept, in seconds of the processor, so a busy
machine disturbs little; run it alone all the same. Template instantiations and the cost of headers
come from Clang's -ftime-trace and are left out where there is no Clang.
"""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent

# name: (source, flags)
PROGRAMS = {
    "empty_O0": ("bench/compile_time/empty.cpp", ["-O0"]),
    "first_gradient_O0": ("docs/how_to/install_and_use.md", ["-O0"]),
    "hello_tape_O0": ("examples/hello_tape/main.cpp", ["-O0"]),
    "gru_training_O2": ("examples/gru_language_model/main.cpp", ["-O2", "-DNDEBUG"]),
    "word_vae_O2": ("examples/word_vae/main.cpp", ["-O2", "-DNDEBUG"]),
    "trainer_O2": ("examples/reinflection/training.cpp", ["-O2", "-DNDEBUG"]),
}


def include_flags():
    flags = ["-I", ROOT / "include", "-I", ROOT / "examples", "-I", ROOT / "examples/reinflection"]
    try:
        found = subprocess.run(
            ["pkg-config", "--cflags", "eigen3"], capture_output=True, text=True, check=True
        )
        flags += [flag.replace("-I", "-isystem", 1) for flag in found.stdout.split()]
    except (OSError, subprocess.CalledProcessError):
        flags += ["-isystem/usr/include/eigen3"]
    return flags


def source_of(name, folder):
    """The file to compile; a Markdown file stands for its first block of C++."""
    path = ROOT / PROGRAMS[name][0]
    if path.suffix != ".md":
        return path
    code = path.read_text().split("\n```cpp\n", 1)[1].split("\n```\n", 1)[0]
    extracted = folder / f"{name}.cpp"
    extracted.write_text(code + "\n")
    return extracted


def run(command, output=subprocess.DEVNULL):
    """Seconds of the processor and the largest resident set, children included."""
    child = subprocess.Popen([str(word) for word in command], stdout=output)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"compile_time.py: failed: {' '.join(map(str, command))}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def lines_of(compiler, flags, source, folder):
    text = folder / "preprocessed"
    with open(text, "wb") as file:
        run([compiler, *flags, "-E", "-P", source], file)
    with open(text, "rb") as file:
        return sum(1 for _ in file)


def trace_of(clang, flags, source, folder):
    """Clang's own account: counts of instantiations, and the seconds that each header took with all
    that it was the first to include."""
    unit = folder / "unit.o"
    run([clang, *flags, "-c", source, "-o", unit, "-ftime-trace", "-ftime-trace-granularity=100"])
    events = json.loads((folder / "unit.json").read_text())["traceEvents"]
    counts, headers = collections.Counter(), collections.Counter()
    for event in events:
        counts[event["name"]] += 1
        if event["name"] == "Source":
            headers[event["args"]["detail"]] += event["dur"] / 1e6
    instantiations = counts["InstantiateFunction"] + counts["InstantiateClass"]
    return instantiations, headers


def measure(name, options, folder):
    source = source_of(name, folder)
    flags = ["-std=c++20", *PROGRAMS[name][1], *include_flags()]
    row = {"program": name}
    for compiler in options.compilers:
        times = [
            run([compiler, *flags, "-c", source, "-o", folder / "unit.o"])
            for _ in range(options.repeat)
        ]
        row[f"{compiler} seconds"] = round(min(seconds for seconds, _ in times), 2)
        row[f"{compiler} MiB"] = round(max(memory for _, memory in times))
    row["lines"] = lines_of(options.compilers[0], flags, source, folder)
    headers = collections.Counter()
    if options.clang:
        row["instantiations"], headers = trace_of(options.clang, flags, source, folder)
    return row, headers


def short(header):
    """A header's path as it is included."""
    for mark in ("/include/vaecollapse/", "/eigen3/", "/include/c++/", "/include/"):
        if mark in header:
            return ("vaecollapse/" if "vaecollapse" in mark else "") + header.split(mark)[-1]
    return header


def is_here(program):
    return subprocess.run(["sh", "-c", f"command -v {program}"], capture_output=True).returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("programs", nargs="*", metavar="PROGRAM", help=", ".join(PROGRAMS))
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--headers", action="store_true", help="also list the dearest headers")
    parser.add_argument("--json", type=pathlib.Path, help="write the rows to this file too")
    options = parser.parse_args()
    unknown = set(options.programs) - set(PROGRAMS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    options.compilers = [name for name in ("g++", "clang++") if is_here(name)]
    options.clang = "clang++" if "clang++" in options.compilers else None

    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in options.programs or PROGRAMS:
            row, headers = measure(name, options, pathlib.Path(folder))
            if not rows:
                print("| " + " | ".join(row) + " |\n|" + "---|" * len(row))
            rows.append(row)
            print("| " + " | ".join(map(str, row.values())) + " |", flush=True)
            if options.headers:
                for header, seconds in headers.most_common(25):
                    print(f"    {seconds:6.2f} s  {short(header)}")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""check_pages.py finds what a page must not do: each page below has one mistake."""

import pathlib
import sys
import tempfile

import check_pages

PROGRAM = '#include <cstdio>\n\nint main() {\n  std::printf("a\\n");\n  return 0;\n}\n'
GOOD = """# A page

```cpp
std::printf("a\\n");
```

The program is `tests/docs/one.cpp`.

```console
$ ./one
y = 2.000 x
...
12 rows
```
"""
PRINTED = 'printf "y = 2.013 x\\nbetween\\n12 rows\\n"\n'

# What is changed of the good page, and what must be complained of.
WRONG_CODE = [
    ("another line", ('printf("a', 'printf("b'), "tests/docs/one.cpp holds"),
    ("a source that is not there", ("docs/one.cpp", "docs/two.cpp"), "there is no tests/docs/two.cpp"),
    ("a program that is not run", ("$ ./one", "$ ls"), "run by no page and no test"),
    ("C++ with a way out", ("```cpp\nstd", "<!-- not run: it is long -->\n```cpp\nstd::"), "holds"),
    ("a block of no language", ("```console", "```"), "expected one of"),
    ("a way out without a reason", ("```console", "<!-- not run: -->\n```console"), "no reason"),
    ("a text that nothing prints", ("```cpp", "```text\nb\n```\n\n```cpp"), "no command above"),
    ("a test that does not know the page", ("```cpp", "<!-- checked by: tests/docs/one.cpp -->\n```cpp"),
     "does not name page.md"),
    ("rows without a file", ("```cpp", "```tsv\na\n```\n\n```cpp"), "needs the marker"),
]
WRONG_RUN = [
    ("a number that is far off", ("2.000", "2.300"), "prints"),
    ("another whole number", ("12 rows", "13 rows"), "prints"),
    ("a line too many", ("...\n", "...\nmore\n"), "prints"),
    ("a line that is not shown", ("...\n", ""), "prints"),
    ("a command that fails", ("$ ./one", "$ ./one && false"), "status 1"),
    ("a command that should fail", ("```console", "<!-- fails -->\n```console"), "status 99"),
    ("a text that was not printed", ("rows\n```", "rows\n```\n\n```text\nrows, 12\n```"), "no command above"),
    ("an option that is no longer there",
     ("rows\n```", "rows\n```\n\n<!-- not run: slow -->\n```sh\nreinflect train --no-such 1\n```"),
     "has no --no-such"),
]
WRONG_LINKS = [
    ("a link to nothing", ("# A page", "# A page\n\n[b](b.md)"), "no such file"),
    ("a heading that is not there", ("# A page", "# A page\n\n[b](page.md#b)"), "no such heading"),
]


def tree(folder, page):
    for name, text in [("docs/how_to/page.md", page), ("docs/index.md", "[a](how_to/page.md#a-page)"),
                       ("tests/docs/one.cpp", PROGRAM)]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    for name, text in [("reinflect", "echo --out"), ("page_programs", PRINTED)]:
        program = folder / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text("#!/bin/sh\n" + text, encoding="utf-8")
        program.chmod(0o755)


def run(folder):
    return check_pages.run_page(folder / "docs/how_to/page.md", folder / "bin", folder / "bin/page_programs")


CHECKS = [(WRONG_CODE, lambda folder: check_pages.check_code(folder)[0]),
          (WRONG_LINKS, lambda folder: check_pages.check_links(folder)[0]), (WRONG_RUN, run)]


def problems_of(check, page, index=None):
    with tempfile.TemporaryDirectory(prefix="pages-") as name:
        folder = pathlib.Path(name).resolve()
        tree(folder, page)
        if index is not None:
            (folder / "docs/index.md").write_text(index, encoding="utf-8")
        return "\n".join(check(folder))


def main():
    wrong = []
    by_another = GOOD.replace("# A page\n", "# A page\n\n<!-- checked by: tests/docs/other.cmake -->\n").replace("12", "13")
    if problems_of(run, by_another):
        wrong.append("the commands of a page that another test checks are run")
    for mistakes, check in CHECKS:
        found = problems_of(check, GOOD)
        if found:
            wrong.append(f"the good page: {found}")
        for name, (old, new), expected in mistakes:
            assert old in GOOD, name
            found = problems_of(check, GOOD.replace(old, new, 1))
            if expected not in found:
                wrong.append(f"{name}: expected `{expected}`, found `{found}`")
    found = problems_of(CHECKS[1][1], GOOD, index="# Nothing")
    if "does not list docs/how_to/page.md" not in found:
        wrong.append(f"a page that is not in the index: found `{found}`")
    print("\n".join(wrong) or "every mistake is found")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

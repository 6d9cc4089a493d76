#!/usr/bin/env python3
"""Holds the pages of docs/ to what they show.

    check_pages.py code SOURCE               the blocks of tutorials and how-to's
    check_pages.py links SOURCE              links, and the index
    check_pages.py run PAGE BIN PROGRAMS     the commands of a page; BIN holds the programs that are
                                             installed, PROGRAMS is the program of tests/docs

Each block of code in docs/tutorials and docs/how_to names its language, which says how it is checked:

    cpp       stands, but for indentation, in a source that the page names, and the source is run
    sh        commands, which must succeed
    console   commands after `$ `, and what they print: numbers with a decimal point may differ in
              their last digit by 2 or by 3 %, and a line `...` stands for any lines
    text      what a command above it prints
    tsv       becomes the file that its marker names

All commands of a page run in one shell and one new folder. The programs of tests/docs and examples/
that the page names are there as ./NAME, the other programs are found as commands, $SOURCE is the
project's folder, and `train` and `compare` of a trainer are small: one epoch of a tiny model on a few rows
(SMALL), unless the command says otherwise. A marker is an HTML comment above the block, which no reader sees:

    <!-- not run: WHY -->       for commands that need what a test has not, such as time or a network,
                                and for texts that no command prints: their options must still exist.
                                A block of C++ has no such marker.
    <!-- checked by: FILE -->   another test reads the block: FILE must name the page. Above the first
                                section it is for all blocks of the page.
    <!-- fails -->              the command must not succeed
    <!-- figures vary -->       numbers with a decimal point are not compared: those of a training that
                                is long enough to differ between compilers and processors
    <!-- file: NAME -->         the block becomes a file
    <!-- setup: COMMANDS -->    run here, before what follows
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse

LANGUAGES = ("cpp", "sh", "console", "text", "tsv", "cmake", "python")
MARKER = re.compile(r"(not run|checked by|fails|figures vary|file|setup)\b:?\s*(.*)", re.DOTALL)
NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?")
SMALL = {
    "reinflect": {"--epochs": "1", "--embedding": "4", "--encoder-hidden": "4", "--decoder-hidden": "8",
                  "--latent": "4", "--batch": "8", "--threads": "1", "--train": "corpus/train.tsv",
                  "--dev": "corpus/dev.tsv"},
    "text_vae": {"--epochs": "1", "--embedding": "4", "--hidden": "8", "--latent": "4", "--batch": "8",
                 "--vocabulary": "40", "--threads": "1", "--train": "sentences/train.txt",
                 "--dev": "sentences/dev.txt"},
}


class Block:
    """A fenced block, with the markers above it."""

    def __init__(self, language, text, line, markers):
        self.language, self.text, self.line, self.markers = language, text, line, dict(markers)


class Page:
    """The blocks of a page and its setups, in their order, and the sources that it names."""

    def __init__(self, path):
        self.path, self.blocks, self.checked_by = path, [], None
        text = path.read_text(encoding="utf-8")
        self.sources = sorted(set(re.findall(r"(?:tests|examples)/[\w/]+\.[ch]pp", text)))
        lines, at, markers = text.split("\n"), 0, []
        while at < len(lines):
            line = lines[at]
            if line.startswith("<!--"):
                comment, at = self.until(lines, at, "-->")
                self.take(comment, at, markers)
            elif line.startswith("```"):
                first = at + 1
                body, at = self.until(lines, first, "```")
                self.blocks.append(Block(line[3:].strip(), body + "\n", first, markers))
                markers = []
            elif line.strip():
                markers = []
            at += 1

    def until(self, lines, first, end):
        """The lines from `first` on until one that ends with `end`, without that end, and its place."""
        for at in range(first, len(lines)):
            if lines[at].rstrip().endswith(end):
                return "\n".join(lines[first:at + 1]).rstrip()[:-len(end)].rstrip("\n"), at
        raise SystemExit(f"{self.path}:{first + 1}: no {end} ends what begins here")

    def take(self, comment, at, markers):
        found = MARKER.match(comment.removeprefix("<!--").strip())
        if not found:
            return
        kind, value = found.groups()
        if kind == "setup":
            self.blocks.append(Block("setup", value.strip() + "\n", at + 1, {}))
        elif kind == "checked by" and not self.blocks and not markers and at < 4:
            self.checked_by = value.strip()
        else:
            markers.append((kind, value.strip()))


def unindented(text):
    return "\n" + re.sub(r"^[ ]+", "", text, flags=re.MULTILINE)


def is_run(name, source, pages):
    """Whether a source is compiled and run: by a page, or by a test of its folder."""
    if not name.startswith("tests/docs/") and not re.fullmatch(r"examples/(\w+/main|\w+)\.cpp", name):
        return True
    program = program_of(name)
    if any(block.language in ("sh", "console") and "not run" not in block.markers
           and re.search(rf"(^|\s)\./{program}\b", block.text) for page in pages for block in page.blocks):
        return True
    return name.startswith("examples/") and any(
        f'"{program}"' in test.read_text(encoding="utf-8") for test in (source / "tests/smoke").glob("*.cpp"))


def program_of(name):
    path = pathlib.PurePosixPath(name)
    return path.parent.name if path.stem == "main" else path.stem


def problems_of_cpp(at, block, texts, source, pages):
    """Of the sources that a page names, one must hold the block and be run."""
    found = [name for name, text in texts.items() if unindented(block.text) in text]
    if any(is_run(name, source, pages) for name in found):
        return []
    if found:
        return [f"{at}: {', '.join(found)} is run by no page and no test"]
    return [f"{at}: none of {', '.join(texts) or 'no sources'} holds\n{block.text}"]


def problems_of_block(block, page, source):
    at = f"{page.path.relative_to(source)}:{block.line}"
    checked_by = block.markers.get("checked by", page.checked_by)
    if block.language == "setup":
        return []
    if block.language not in LANGUAGES:
        return [f"{at}: a block of `{block.language}`, expected one of {', '.join(LANGUAGES)}"]
    if checked_by is not None:
        test = source / checked_by
        if test.is_file() and page.path.name in test.read_text(encoding="utf-8"):
            return []
        return [f"{at}: checked by {checked_by}, which does not name {page.path.name}"]
    if block.language == "cpp":
        return None  # for problems_of_cpp
    if "not run" in block.markers:
        return [] if block.markers["not run"] else [f"{at}: `not run` gives no reason"]
    if block.language == "tsv" and not block.markers.get("file"):
        return [f"{at}: a block of `tsv` needs the marker `file` or `not run`"]
    if block.language in ("cmake", "python"):
        return [f"{at}: a block of `{block.language}` needs the marker `checked by` or `not run`"]
    if block.language == "text" and not any(
            one.language in ("sh", "console") and one.line < block.line for one in page.blocks):
        return [f"{at}: no command above prints this text, and it has no marker `not run`"]
    return []


def check_code(source):
    pages = [Page(path) for folder in ("tutorials", "how_to")
             for path in sorted((source / "docs" / folder).glob("*.md"))]
    problems = [] if pages else [f"{source}: no pages"]
    count = 0
    for page in pages:
        texts = {}
        for name in page.sources:
            if (source / name).is_file():
                texts[name] = unindented((source / name).read_text(encoding="utf-8")) + "\n"
            else:
                problems.append(f"{page.path.relative_to(source)}: there is no {name}")
        count += len(page.blocks)
        for block in page.blocks:
            found = problems_of_block(block, page, source)
            at = f"{page.path.relative_to(source)}:{block.line}"
            problems += problems_of_cpp(at, block, texts, source, pages) if found is None else found
    for path in sorted((source / "tests/docs").glob("*.cpp")):
        name = path.relative_to(source).as_posix()
        if not any(name in page.sources for page in pages):
            problems.append(f"{name} is the program of no page")
    return problems, f"{count} blocks of code in {len(pages)} pages"


def anchors_of(path):
    """The places that forges make of headings."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ +(.+?)\s*$", text, flags=re.MULTILINE)
    plain = [re.sub(r"[`*]|\[([^]]*)\]\([^)]*\)", r"\1", heading) for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


def links_of(path):
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"`[^`\n]*`", "", text)
    for link in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"(?:src|href)=\"([^\"]+)\"", text):
        parts = urllib.parse.urlsplit(link)
        if not parts.scheme and not parts.netloc:
            target = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
            yield link, target, parts.fragment


def check_links(source):
    pages = [path.resolve() for path in sorted(source.glob("docs/**/*.md"))]
    others = [path.resolve() for path in [*source.glob("*.md"), source / "packaging/README.md"] if path.is_file()]
    problems = [] if pages else [f"{source}: no pages"]
    count = 0
    for page in pages + others:
        for link, target, anchor in links_of(page):
            count += 1
            at = f"{page.relative_to(source)}: {link}"
            if not target.exists():
                problems.append(f"{at}: there is no such file")
            elif anchor and target.suffix == ".md" and anchor not in anchors_of(target):
                problems.append(f"{at}: there is no such heading")
    index = source / "docs/index.md"
    listed = {target for _, target, _ in links_of(index)}
    listed |= {target for page in sorted(listed) if page.name == "README.md" and page in pages
               for _, target, _ in links_of(page)}
    problems += [f"docs/index.md does not list {page.relative_to(source)}"
                 for page in pages if page not in listed and page != index]
    return problems, f"{count} links, and all {len(pages)} pages are in the index"


def commands_of(block):
    """Pairs of a command and the text that it prints, or None where the page does not show it."""
    if block.language in ("sh", "setup"):
        return [(block.text, None)]
    parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]
    commands = []
    for part in parts:
        lines = part.split("\n")
        end = next(at for at, line in enumerate(lines) if not line.endswith("\\")) + 1
        commands.append(("\n".join(lines[:end]) + "\n", "\n".join(lines[end:]).strip("\n") or None))
    return commands


def is_line(shown, printed, vary):
    if NUMBER.sub("#", " ".join(shown.split())) != NUMBER.sub("#", " ".join(printed.split())):
        return False
    for one, other in zip(NUMBER.findall(shown), NUMBER.findall(printed)):
        digit = 10.0 ** -len(one.split("e")[0].split(".")[1])
        if not vary and abs(float(one) - float(other)) > max(2.001 * digit, 0.03 * abs(float(one))):
            return False
    return True


def is_output(shown, printed, vary=False):
    """Whether lines are printed so, where `...` stands for any lines."""
    if not shown:
        return not printed
    if shown[0] == "...":
        return any(is_output(shown[1:], printed[at:], vary) for at in range(len(printed) + 1))
    return bool(printed) and is_line(shown[0], printed[0], vary) and is_output(shown[1:], printed[1:], vary)


def prelude(folder, source):
    text = f"set -euo pipefail\nSOURCE='{source}'\n"
    for program, small in SMALL.items():
        options = " ".join(f"{name} {value}" for name, value in small.items())
        text += f"""{program}() {{
  local small=({options}) more=()
  if [[ ${{1:-}} == train || ${{1:-}} == compare ]] && [[ " $* " != *" --resume "* && " $* " != *" --config "* ]]; then
    for ((i = 0; i < ${{#small[@]}}; i += 2)); do
      [[ " $* " == *" ${{small[i]}} "* ]] || more+=("${{small[@]:i:2}}")
    done
  fi
  command {program} "$@" "${{more[@]}}"
}}
"""
    return text + f"cd '{folder}'\n"


ROWS = {"reinflect": "corpus --train 40 --dev 10 --test 4 --unseen 4 --out corpus",
        "text_vae": "corpus --train 40 --dev 10 --test 10 --out sentences"}


def write_script(page, folder, output):
    """The commands of a page as one script, each with a file of its own for what it prints."""
    script, commands = prelude(folder, page.path.parents[2]), []
    for program, command in ROWS.items():
        if any(program in block.text for block in page.blocks):
            script += f"exec >'{output}/rows' 2>&1\ncommand {program} {command} >/dev/null\n"
    for block in page.blocks if page.checked_by is None else []:
        if block.language == "tsv" and "file" in block.markers:
            (folder / block.markers["file"]).write_text(block.text, encoding="utf-8")
        if block.language not in ("sh", "console", "setup") or block.markers.keys() & {"not run", "checked by"}:
            continue
        for command, shown in commands_of(block):
            script += f"exec >'{output}/{len(commands)}' 2>&1\n"
            script += f"if {{\n{command}}}; then exit 99; fi\n" if "fails" in block.markers else command
            commands.append((block, command, shown))
    return script, commands


def unknown_options(page, environment):
    """What commands that are not run ask for in vain."""
    problems = []
    for block in page.blocks:
        if block.language not in ("sh", "console") or "not run" not in block.markers:
            continue
        for program, command in re.findall(rf"\b({'|'.join(SMALL)})\s+([a-z].*)", block.text.replace("\\\n", " ")):
            words = command.split("|")[0].split()
            help_text = subprocess.run([program, words[0], "--help"], env=environment,
                                       capture_output=True, text=True, check=False)
            asked = [word for word in words if re.fullmatch(r"--[a-z-]+", word)]
            problems += [f"{page.path.name}:{block.line}: {program} {words[0]} has no {word}" for word in asked
                         if help_text.returncode != 0 or not re.search(rf"{word}\b", help_text.stdout)]
    return problems


def run_page(path, bin_folder, programs):
    page = Page(path)
    environment = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    problems = unknown_options(page, environment)
    with tempfile.TemporaryDirectory(prefix="page-") as top:
        folder, output = pathlib.Path(top) / "work", pathlib.Path(top) / "printed"
        folder.mkdir()
        output.mkdir()
        for name in page.sources:
            program = program_of(name)
            target = programs if name.startswith("tests/docs/") else bin_folder / program
            if target.is_file() and not (folder / program).exists():
                (folder / program).symlink_to(target.resolve())
        script, commands = write_script(page, folder, output)
        done = subprocess.run(["bash", "-c", script], env=environment, cwd=folder, stdin=subprocess.DEVNULL, check=False)
        printed = [(output / str(at)).read_text(encoding="utf-8", errors="replace")
                   if (output / str(at)).exists() else "" for at in range(len(commands))]
        if done.returncode != 0:
            begun = [at for at in range(len(commands)) if (output / str(at)).exists()]
            if not begun:
                return [f"{path.name}: no rows to train on: {(output / 'rows').read_text(encoding='utf-8')}"]
            last = begun[-1]
            block, command, _ = commands[last]
            return [f"{path.name}:{block.line}: status {done.returncode} of\n{command}{printed[last]}"]
    for (block, command, shown), lines in zip(commands, printed):
        if shown is not None and not is_output(
                shown.split("\n"), lines.rstrip("\n").split("\n"), "figures vary" in block.markers):
            problems.append(f"{path.name}:{block.line}: {command}prints\n{lines}and not\n{shown}")
    problems += missing_texts(page, commands, printed)
    return problems


def missing_texts(page, commands, printed):
    problems = []
    for block in page.blocks:
        if block.language != "text" or block.markers.keys() & {"not run", "checked by"} or page.checked_by:
            continue
        before = [lines for (one, _, _), lines in zip(commands, printed) if one.line < block.line]
        pattern = ["...", *block.text.rstrip("\n").split("\n"), "..."]
        if not any(is_output(pattern, lines.split("\n")) for lines in before):
            problems.append(f"{page.path.name}:{block.line}: no command above prints\n{block.text}")
    return problems


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "code":
        problems, summary = check_code(pathlib.Path(arguments[1]).resolve())
    elif len(arguments) == 2 and arguments[0] == "links":
        problems, summary = check_links(pathlib.Path(arguments[1]).resolve())
    elif len(arguments) == 4 and arguments[0] == "run":
        path, bin_folder, programs = (pathlib.Path(one).resolve() for one in arguments[1:])
        problems, summary = run_page(path, bin_folder, programs), f"{path.name}: every command does what the page says"
    else:
        sys.exit(__doc__)
    for problem in problems:
        print(f"check_pages.py: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    print(summary)


if __name__ == "__main__":
    main(sys.argv[1:])

#!/usr/bin/env python3
"""Looks through a built documentation site: public names without a sentence, and broken links.

    scripts/check_docs.py SITE         SITE holds Doxygen's html/ and xml/
    scripts/check_docs.py --links HTML only the links of a folder
"""

import argparse
import html.parser
import pathlib
import re
import sys
import urllib.parse
import xml.etree.ElementTree as ET

# Places that Doxygen 1.9 itself points to and does not always make; ours have readable names.
GENERATED = re.compile("a[0-9a-f]{32}|nested-classes|namespace.*")
KINDS = {"function", "typedef", "enum", "variable", "concept"}


class Page(html.parser.HTMLParser):
    """The anchors of a page and what it points to."""

    def __init__(self, path):
        super().__init__()
        self.anchors, self.links = set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.anchors |= {found[key] for key in ("id", "name") if found.get(key)}
        self.links += [found[key] for key in ("href", "src") if found.get(key)]


def broken_links(folder):
    pages = {path.resolve(): Page(path) for path in folder.rglob("*.html")}
    if not pages:
        return [f"{folder}: no pages"]
    problems = []
    for path, page in pages.items():
        for link in page.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = path
            if parts.path:
                target = (path.parent / urllib.parse.unquote(parts.path)).resolve()
            anchor = urllib.parse.unquote(parts.fragment)
            if not target.exists():
                problems.append(f"{path.name}: {link}: there is no such file")
            elif GENERATED.fullmatch(anchor):
                continue
            elif anchor and target in pages and anchor not in pages[target].anchors:
                problems.append(f"{path.name}: {link}: there is no such place in the page")
    return sorted(set(problems))


def has_sentence(node):
    return any("".join(node.find(part).itertext()).strip()
               for part in ("briefdescription", "detaileddescription") if node.find(part) is not None)


def undocumented(folder):
    """Types and members of namespaces; members of a type may speak for themselves, and naive twins
    stand beside what they are twins of."""
    files = sorted(folder.glob("*.xml"))
    problems, seen = [], 0
    for path in files:
        for compound in ET.parse(path).getroot().iter("compounddef"):
            name = compound.findtext("compoundname", "")
            if not name.startswith("vaecollapse") or {"detail", "naive"} & set(name.split("::")) or "<" in name:
                continue
            if compound.get("kind") in ("class", "struct", "concept") and compound.get("prot") != "private":
                seen += 1
                if not has_sentence(compound):
                    problems.append(f"{name} is not documented")
            if compound.get("kind") == "namespace":
                for member in compound.iter("memberdef"):
                    if member.get("kind") not in KINDS or member.get("prot") == "private":
                        continue
                    seen += 1
                    if not has_sentence(member):
                        at = member.find("location")
                        problems.append(f"{name}::{member.findtext('name')} is not documented "
                                        f"({at.get('file')}:{at.get('line')})")
    if seen == 0:
        problems.append(f"{folder}: no names of the library")
    return problems, seen


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("site", nargs="?", type=pathlib.Path)
    parser.add_argument("--links", type=pathlib.Path)
    options = parser.parse_args()
    if (options.site is None) == (options.links is None):
        parser.error("name a site, or a folder after --links")
    seen, problems = 0, []
    if options.site:
        problems, seen = undocumented(options.site / "xml")
    problems += broken_links(options.links or options.site / "html")
    for problem in problems:
        print(f"check_docs.py: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    print(f"{seen} names have their sentence, and no link is broken")


if __name__ == "__main__":
    main()

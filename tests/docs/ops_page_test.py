#!/usr/bin/env python3
"""scripts/ops_page.py gives every op, layer and part of a VAE a row, and finds what a row lacks.

    ops_page_test.py SOURCE"""

import pathlib
import re
import sys
import tempfile

SOURCE = pathlib.Path(sys.argv[1]).resolve()
sys.path.insert(0, str(SOURCE / "scripts"))

import ops_page  # noqa: E402

OP = """// Halves.
#pragma once

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {
template <Context C>
void hidden(C& cx) { (void)cx; }
}  // namespace detail

/// Twice x. \\shape any \\cost a pass
template <Context C>
Var<Scalar, 2> twice(
    C& cx, const Var<Scalar, 2>& x) {
  return x;
}

/// x / 2, if a < b | c.
/// \\shape x [I x N] -> [I x N]
/// \\cost I N
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> half(C& cx, const Var<Scalar, 2>& x, std::span<const Index> of = {}) {
  return x;
}

/// x as it is. \\shape any \\cost none
template <Context C>
Var<Scalar, 2> same(C&, const Var<Scalar, 2>& x) {
  return x;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
"""
LAYER = """// The layer.
/// y = x / 2.
class Half {
 public:
  struct Sizes {
    Index input;
    Index output = 3;
  };
  Half(Layout& layout, const std::string& name, Sizes sizes);
  /// \\shape x [input x N] -> [output x N] \\cost input N
  template <Context C>
  auto operator()(C& cx, const Var<typename C::scalar_type, 2>& x) const;
};
/// A half of its own.
///
/// Not for the table.
///     code();
using OwnHalf = Half<Own>;
"""
PART = """// The part.
/// The sizes.
struct PartSizes {
  Index input;
  Index output{3};
};
/// y = x / 3.
/// \\shape x [input x N] -> [output x N] \\cost input N
class Part {
 public:
  Part(Layout& layout, const std::string& name, const PartSizes& sizes);
};
/// A class that no layout makes.
class Other {
 public:
  Other(const std::string& name);
  template <Context C>
  auto operator()(C& cx) const;
};
"""


def page_of(op, layer):
    with tempfile.TemporaryDirectory(prefix="ops-") as name:
        root = pathlib.Path(name)
        for folder, file, text in [("autodiff/ops", "half.hpp", op), ("nn", "half.hpp", layer), ("model", "part.hpp", PART)]:
            (root / "include/vaecollapse" / folder).mkdir(parents=True)
            (root / "include/vaecollapse" / folder / file).write_text(text, encoding="utf-8")
        return ops_page.make_page(root)


def check(is_right, what):
    if not is_right:
        sys.exit(f"wrong: {what}")


def check_small():
    page, problems = page_of(OP, LAYER)
    check(problems == [], problems)
    check("| `half(cx, x, of)` | x / 2, if a &lt; b \\| c. | x [I x N] -> [I x N] | I N |" in page, page)
    check("| `Half(layout, name, {input, output})` | `nn/half.hpp` | y = x / 2. | x [input x N] -> [output x N] | input N |" in page, page)
    check("| `twice(cx, x)` | Twice x. | any | a pass |" in page, page)
    check("| `same(cx, x)` | x as it is. | any | none |" in page, page)
    check("| `OwnHalf(layout, name, {input, output})` | `nn/half.hpp` | A half of its own. | x [input x N] -> [output x N] | input N |"
          in page, page)
    check("| `Part(layout, name, {input, output})` | `model/part.hpp` | y = x / 3. |" in page, page)
    check("Other" not in page, page)
    check("hidden(" not in page and "code()" not in page, page)
    for op, layer, lacks in [(OP.replace("/// \\cost I N\n", ""), LAYER, "half lacks \\cost"),
                             (OP.replace("/// \\shape x [I x N] -> [I x N]\n", ""), LAYER, "half lacks \\shape"),
                             (OP, LAYER.replace("/// y = x / 2.\n", ""), "Half lacks a sentence"),
                             (OP, LAYER.replace("\\cost input N", ""), "Half lacks \\cost")]:
        problems = page_of(op, layer)[1]
        check(problems != [] and lacks in problems[0], f"expected {lacks}, found {problems}")


def check_all():
    """A cruder look at the headers finds nothing that has no row."""
    page, problems = ops_page.make_page(SOURCE)
    check(problems == [], "\n".join(problems))
    names = set()
    for path in (SOURCE / "include/vaecollapse/autodiff/ops").glob("*.hpp"):
        text = re.sub(r"^namespace detail \{.*?^\}  // namespace detail$", "", path.read_text(encoding="utf-8"),
                      flags=re.MULTILINE | re.DOTALL)
        names |= set(re.findall(r"^[^ /\n][^\n]*?\b(\w+)\(\s*C&(?: cx\b|,)|^(\w+)\(\s*C&(?: cx\b|,)", text, flags=re.MULTILINE))
    headers = SOURCE / "include/vaecollapse"
    for path in [*headers.glob("nn/*.hpp"), *headers.glob("latent/**/*.hpp"), *headers.glob("model/*.hpp")]:
        text = path.read_text(encoding="utf-8")
        names |= set(re.findall(r"^  (?:explicit )?(\w+)(\()Layout& layout", text, flags=re.MULTILINE))
        names |= set(re.findall(r"^using (\w+) = (?:RecurrentLayer|Bidirectional)(<)", text, flags=re.MULTILINE))
    check(len(names) > 20, names)
    for one, other in names:
        name = one or other
        check(f"| `{name}(" in page, f"{name} has no row")


check_small()
check_all()
print("every op, layer and part has a row")

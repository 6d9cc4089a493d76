// `reinflect explain`: the pages of the documentation are what it prints; unknown names.
#include <filesystem>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include <vaecollapse/io/file.hpp>

#include "handbook.hpp"
#include "smoke/spawn.hpp"
#include "unit/io/temporary_folder.hpp"

using reinflection::test::Arguments;
using reinflection::test::from_environment;
using reinflection::test::Outcome;
using reinflection::test::run_program;

namespace {

Outcome explain(const Arguments& more) {
  const vaecollapse::test::TemporaryFolder folder;
  return run_program("reinflect", Arguments{"explain"} + more, folder.path());
}

std::filesystem::path pages() {
  return std::filesystem::path(from_environment("VAECOLLAPSE_SOURCE")) / "docs/reference/policies";
}

/// Whoever changes a text runs scripts/policy_pages.sh.
void check_page(const std::string& name, const Arguments& arguments) {
  CAPTURE(name);
  const Outcome printed = explain(arguments + Arguments{"--markdown"});
  CHECK(printed.status == 0);
  CHECK(vaecollapse::read_text_file((pages() / name).string()) == printed.out);
}

}  // namespace

TEST_CASE("the pages of the policies are what explain --markdown prints, and there are no others") {
  std::set<std::string> expected{"README.md"}, found;
  check_page("README.md", {});
  for (const kit::Explanation& one : reinflection::handbook().explanations) {
    const std::string name(one.name);
    check_page(name + ".md", {name});
    expected.insert(name + ".md");
  }
  for (const auto& file : std::filesystem::directory_iterator(pages())) {
    found.insert(file.path().filename().string());
  }
  CHECK(found == expected);
}

TEST_CASE("explain prints a text, for a method's name and for its name in an expression") {
  const Outcome text = explain({"character_dropout"});
  CHECK(text.status == 0);
  CHECK(text.out.starts_with("character_dropout: Character dropout\n\n"));
  CHECK(text.out.find("\nWhen it helps\n") != std::string::npos);
  CHECK(explain({"chars"}).out == text.out);
  CHECK(explain({"akruti"}).out == explain({"compat"}).out);
  CHECK(explain({}).out.find("\n  mdr: Minimum desired rate (MDR)\n") != std::string::npos);
}

TEST_CASE("explain names the nearest method for an unknown one") {
  const Outcome near = explain({"free_bit"});
  CHECK(near.status == 2);
  CHECK(near.out.empty());
  CHECK(near.err ==
        "reinflect explain: found the unknown method 'free_bit', expected 'free_bits' perhaps\n");
  for (const char* name : {"MDR", "Mdr", "mdrs"}) {
    CHECK(explain({name}).err == "reinflect explain: found the unknown method '" +
                                     std::string(name) + "', expected 'mdr' perhaps\n");
  }
  CHECK(explain({"Free-Bits"}).err.ends_with("expected 'free_bits' perhaps\n"));
  CHECK(explain({"xyz"}).err ==
        "reinflect explain: found the unknown method 'xyz', expected what reinflect explain "
        "lists\n");
}

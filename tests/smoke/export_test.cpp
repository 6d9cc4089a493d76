// `reinflect export --cpp-header`: the header compiles with nothing but a C++20 compiler, and the
// program made of it says what `reinflect predict` says.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "smoke/program.hpp"

using reinflection::test::Arguments;
using reinflection::test::from_environment;
using reinflection::test::guess_of;
using reinflection::test::lines;
using reinflection::test::Outcome;
using reinflection::test::run_command;
using reinflection::test::split;
using reinflection::test::Workbench;
using vaecollapse::test::TemporaryFolder;

namespace {

Outcome export_header(const Workbench& bench, const Arguments& more = {}) {
  return bench.run(Arguments{"export", "--model", bench.file("model"), "--cpp-header",
                             bench.file("inflection.hpp")} +
                   more);
}

/// Compiles examples/embed_model/from_header.cpp against the header in the bench.
std::string compile(const Workbench& bench) {
  const TemporaryFolder folder;
  const std::string program = bench.file("from_header");
  const std::string source =
      from_environment("VAECOLLAPSE_SOURCE") + "/examples/embed_model/from_header.cpp";
  bench.write("from_header.cpp", vaecollapse::read_text_file(source));
  const Outcome compiled = run_command(
      {from_environment("VAECOLLAPSE_CXX"), "-std=c++20", "-O1", "-Wall", "-Wextra", "-Wconversion",
       "-Wshadow", "-Werror", bench.file("from_header.cpp"), "-o", program},
      folder.path());
  REQUIRE_MESSAGE(compiled.status == 0, compiled.err);
  return program;
}

}  // namespace

TEST_CASE("an exported header inflects like the model it was made of") {
  const Workbench bench;
  for (const std::string z_into : {"h0,inputs", "output"}) {
    CAPTURE(z_into);
    bench.train("model",
                {"--epochs", "12", "--learning-rate", "0.01", "--overwrite", "--z-into", z_into});
    const Outcome exported = export_header(bench);
    REQUIRE_MESSAGE(exported.status == 0, exported.err);
    CHECK(exported.out == bench.file("inflection.hpp") + ": inflection::inflect(source, msd)\n");
    const std::string program = compile(bench);
    const Outcome predicted = bench.run({"predict", "--model", bench.file("model"), "--input",
                                         bench.test_file(), "--threads", "1"});
    const TemporaryFolder folder;
    for (const std::string& line : lines(predicted.out)) {
      const auto row = split(line, '\t');
      CHECK(run_command({program, row[0], row[1]}, folder.path()).out == guess_of(line) + "\n");
    }
    CHECK(run_command({program, "\xF0\x9F\x98\x80\xFF", "pos=N,what=EVER"}, folder.path()).status ==
          0);
  }
}

TEST_CASE("the same model gives the same header, and only its own") {
  const Workbench bench;
  bench.train("model", {"--epochs", "1"});
  REQUIRE(export_header(bench).status == 0);
  const std::string first = bench.read("inflection.hpp");
  REQUIRE(export_header(bench).status == 0);
  CHECK(bench.read("inflection.hpp") == first);
  CHECK(first.find("#include <vaecollapse") == std::string::npos);
  CHECK(first.find("Eigen/") == std::string::npos);
  CHECK(first.find(bench.file("")) == std::string::npos);
}

TEST_CASE("what a header cannot hold is refused by name") {
  const Workbench bench;
  const std::string model = bench.file("model/model.safetensors");
  const std::vector<std::pair<Arguments, std::string>> cases{
      {{"--attention", "4"}, "a model with attention"},
      {{"--decoder", "historyless_a"}, "a historyless decoder"},
      {{"--decoder-hidden", "32", "--encoder-state-bypass"}, "a bypass of z"}};
  for (const auto& [options, found] : cases) {
    bench.train("model", Arguments{"--epochs", "1", "--overwrite"} + options);
    const Outcome refused = export_header(bench);
    CHECK(refused.status == 2);
    CHECK(refused.err ==
          model + ": found " + found + ", expected a model that a C++ header can hold\n");
  }
  bench.train("model", {"--epochs", "1", "--overwrite"});
  const Outcome name = export_header(bench, {"--namespace", "my model"});
  CHECK(name.status == 2);
  CHECK(name.err == "--namespace: found 'my model', expected letters, digits and _\n");
}

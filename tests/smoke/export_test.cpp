// `reinflect export --cpp-header`: the header compiles with nothing but a C++20 compiler, and the
// program made of it answers as `reinflect predict` does.
#include <algorithm>
#include <cstddef>
#include <set>
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

Outcome export_header(const Workbench& bench, const Arguments& more = {},
                      const std::string& header = "inflection.hpp") {
  return bench.run(
      Arguments{"export", "--model", bench.file("model"), "--cpp-header", bench.file(header)} +
      more);
}

/// Compiles files of the bench into its program `name`, as a strict project would.
Outcome compile(const Workbench& bench, const std::string& name,
                const std::vector<std::string>& sources, const Arguments& more = {"-O1"}) {
  const TemporaryFolder folder;
  Arguments command{from_environment("VAECOLLAPSE_CXX"),
                    "-std=c++20",
                    "-Wall",
                    "-Wextra",
                    "-Wpedantic",
                    "-Wconversion",
                    "-Wsign-conversion",
                    "-Wshadow",
                    "-Wundef",
                    "-Werror"};
  for (const std::string& source : sources) command.push_back(bench.file(source));
  return run_command(command + more + Arguments{"-o", bench.file(name)}, folder.path());
}

/// Compiles examples/embed_model/from_header.cpp against the header in the bench.
std::string compile_example(const Workbench& bench) {
  const std::string source =
      from_environment("VAECOLLAPSE_SOURCE") + "/examples/embed_model/from_header.cpp";
  bench.write("from_header.cpp", vaecollapse::read_text_file(source));
  const Outcome compiled = compile(bench, "from_header", {"from_header.cpp"});
  REQUIRE_MESSAGE(compiled.status == 0, compiled.err);
  return bench.file("from_header");
}

/// 50 questions: of the test file, and some of a kind that training has not seen.
std::string fifty_questions(const Workbench& bench) {
  std::string text;
  std::size_t count = 0;
  const auto add = [&](const std::string& source, const std::string& msd) {
    text += source + "\t" + msd + "\n";
    ++count;
  };
  const auto rows = lines(vaecollapse::read_text_file(bench.test_file()));
  for (const std::string& row : rows) add(split(row, '\t')[0], split(row, '\t')[1]);
  add("\xF0\x9F\x98\x80", "pos=N");            // an unknown character
  add("x\xC4\x9E\xE2\x82\xACq", "what=EVER");  // unknown characters, an unknown tag
  add("a", "pos=N,what=EVER,num=PL");          // one character
  add(std::string(60, 'e'), "pos=N,num=PL");   // a long word
  add("ev", "num=PL,pos=N");                   // the order of tags does not matter
  for (const std::string& row : rows) {
    if (count == 50) break;
    add(split(row, '\t')[0] + "lar", "pos=N,case=ACC");
  }
  REQUIRE(count == 50);
  return text;
}

/// A program that answers questions by the headers of models m0, m1, ..., a line for each model.
std::string asking_program(std::size_t models) {
  std::string text = "#include <iostream>\n#include <string>\n";
  for (std::size_t i = 0; i < models; ++i) text += "#include \"m" + std::to_string(i) + ".hpp\"\n";
  text +=
      "int main() {\n"
      "  for (std::string row; std::getline(std::cin, row);) {\n"
      "    const auto tab = row.find('\\t');\n"
      "    const std::string word = row.substr(0, tab), msd = row.substr(tab + 1);\n";
  for (std::size_t i = 0; i < models; ++i) {
    text += "    std::cout << m" + std::to_string(i) + "::inflect(word, msd) << '\\n';\n";
  }
  return text + "  }\n}\n";
}

/// Every kind of model that is exported: all ways in for z, odd sizes, latents for each place, and
/// what only training sees.
std::vector<Arguments> accepted_models() {
  std::vector<Arguments> all;
  for (const char* z_into :
       {"h0", "inputs", "output", "h0,inputs", "h0,output", "inputs,output", "h0,inputs,output"}) {
    all.push_back({"--z-into", z_into, "--epochs", "6", "--learning-rate", "0.01"});
  }
  all.push_back({"--epochs", "1", "--learning-rate", "0.3"});  // rubbish, of all lengths
  all.push_back({"--embedding", "5", "--encoder-hidden", "3", "--decoder-hidden", "7", "--latent",
                 "1", "--epochs", "8", "--learning-rate", "0.02"});
  all.push_back({"--cell", "lstm", "--epochs", "8", "--learning-rate", "0.02"});
  all.push_back({"--cell", "lstm", "--embedding", "5", "--encoder-hidden", "3", "--decoder-hidden",
                 "7", "--latent", "2", "--epochs", "10", "--learning-rate", "0.02", "--z-into",
                 "inputs,output"});
  for (const char* z_into : {"h0,inputs", "h0", "inputs"}) {
    all.push_back({"--latent-per-place", "6", "--latent", "0", "--z-into", z_into, "--epochs", "6",
                   "--learning-rate", "0.01"});
  }
  all.push_back({"--latent-per-place", "5", "--latent", "7", "--cell", "lstm", "--epochs", "6",
                 "--learning-rate", "0.02"});
  all.push_back({"--decoder-hears", "own", "--z-in-training", "mean", "--objective", "elbo",
                 "--dropout", "none", "--optimiser", "sgd"});
  all.push_back({"--objective", "mdr(rate=5)", "--copies", "1", "--pool", "4", "--seed", "11",
                 "--epochs", "5", "--learning-rate", "0.02"});
  return all;
}

}  // namespace

TEST_CASE("an exported header inflects like the model it was made of") {
  const Workbench bench;
  bench.train("model", {"--epochs", "12", "--learning-rate", "0.01"});
  const Outcome exported = export_header(bench);
  REQUIRE_MESSAGE(exported.status == 0, exported.err);
  CHECK(exported.out == bench.file("inflection.hpp") + ": inflection::inflect(source, msd)\n");
  const std::string program = compile_example(bench);
  const Outcome predicted = bench.run(
      {"predict", "--model", bench.file("model"), "--input", bench.test_file(), "--threads", "1"});
  const TemporaryFolder folder;
  for (const std::string& line : lines(predicted.out)) {
    const auto row = split(line, '\t');
    CHECK(run_command({program, row[0], row[1]}, folder.path()).out == guess_of(line) + "\n");
  }
  // What is not UTF-8: alone, broken off, overlong, no character at all.
  for (const char* source :
       {"\xF0\x9F\x98\x80\xFF", "\xC3", "ev\xE2\x82", "\xC1\xA5v", "\x80\xBF"}) {
    CHECK(run_command({program, source, "pos=N,what=EVER"}, folder.path()).status == 0);
  }
  // Each byte of it is an unknown character.
  CHECK(run_command({program, "\xC1\xA5v", "pos=N"}, folder.path()).out ==
        run_command({program, "\xF0\x9F\x98\x80\xF0\x9F\x98\x80v", "pos=N"}, folder.path()).out);
}

TEST_CASE("headers of all kinds of models that are exported answer like predict") {
  const Workbench bench;
  std::vector<Arguments> models = accepted_models();
  models.push_back(
      {"--init-from", bench.train("base", {"--epochs", "4"}), "--learning-rate", "0.01"});
  bench.write("questions.tsv", fifty_questions(bench));
  std::vector<std::vector<std::string>> expected;
  for (std::size_t i = 0; i < models.size(); ++i) {
    const std::string name = "m" + std::to_string(i);
    bench.train("model", models[i] + Arguments{"--overwrite"});
    const Outcome exported = export_header(bench, {"--namespace", name}, name + ".hpp");
    REQUIRE_MESSAGE(exported.status == 0, exported.err);
    const Outcome predicted = bench.run({"predict", "--model", bench.file("model"), "--input",
                                         bench.file("questions.tsv"), "--threads", "1"});
    std::vector<std::string> words;
    for (const std::string& line : lines(predicted.out)) words.push_back(guess_of(line));
    REQUIRE(words.size() == 50);
    CAPTURE(i);
    CHECK(std::any_of(words.begin(), words.end(), [](const auto& word) { return !word.empty(); }));
    expected.push_back(words);
  }
  bench.write("ask.cpp", asking_program(models.size()));
  const TemporaryFolder folder;
  for (const Arguments& flags : {Arguments{"-O1"}, Arguments{"-O2", "-ffast-math"}}) {
    const Outcome compiled = compile(bench, "ask", {"ask.cpp"}, flags);
    REQUIRE_MESSAGE(compiled.status == 0, compiled.err);
    const Outcome answered =
        run_command({bench.file("ask")}, folder.path(), bench.read("questions.tsv"));
    const auto words = split(answered.out, '\n');
    REQUIRE(words.size() >= 50 * models.size());
    for (std::size_t row = 0; row < 50; ++row) {
      for (std::size_t i = 0; i < models.size(); ++i) {
        CAPTURE(row);
        CAPTURE(i);
        CAPTURE(flags.back());
        CHECK(words[row * models.size() + i] == expected[i][row]);
      }
    }
  }
}

TEST_CASE("a header holds characters and tags of every kind") {
  const Workbench bench;
  // Quotation marks, backslashes, trigraphs, the greatest character, sets, digits behind escapes.
  std::string rows;
  for (const std::string stem :
       {"a\"b", "c\\d", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF", "?\?/", "0x"}) {
    rows += stem + "\tk=\"q\",mood={A/B}\t" + stem + "1\n";
    rows += stem + "\tk=\\n?\?=,mood={A/B/C}\t" + stem + stem + "\n";
    rows += stem +
            "\tk=\xC3\xBC"
            "7,n=1=2\t\"" +
            stem + "\n";
  }
  const std::string file = bench.write("strange.tsv", rows);
  bench.train("model", {"--train", file, "--dev", file, "--epochs", "60", "--learning-rate", "0.02",
                        "--objective", "elbo(beta=0.1)"});
  REQUIRE(export_header(bench, {"--namespace", "m0"}, "m0.hpp").status == 0);
  bench.write("ask.cpp", asking_program(1));
  const Outcome compiled = compile(bench, "ask", {"ask.cpp"});
  REQUIRE_MESSAGE(compiled.status == 0, compiled.err);
  std::string questions;
  for (const std::string& row : lines(rows)) questions += row.substr(0, row.rfind('\t')) + "\n";
  const std::string input = bench.write("questions.tsv", questions);
  const Outcome predicted =
      bench.run({"predict", "--model", bench.file("model"), "--input", input});
  std::string expected;
  std::set<std::string> different;
  for (const std::string& line : lines(predicted.out)) {
    expected += guess_of(line) + "\n";
    different.insert(guess_of(line));
  }
  const TemporaryFolder folder;
  CHECK(run_command({bench.file("ask")}, folder.path(), questions).out == expected);
  CHECK(different.size() > 3);
}

TEST_CASE("headers: twice in one source, two models in one program, in several sources") {
  const Workbench bench;
  bench.train("model", {"--epochs", "1"});
  REQUIRE(export_header(bench, {"--namespace", "first"}, "first.hpp").status == 0);
  REQUIRE(export_header(bench, {"--namespace", "same"}, "same_1.hpp").status == 0);
  bench.train("model", {"--epochs", "2", "--latent", "3", "--learning-rate", "0.1", "--overwrite"});
  REQUIRE(export_header(bench, {"--namespace", "second"}, "second.hpp").status == 0);
  REQUIRE(export_header(bench, {"--namespace", "same"}, "same_2.hpp").status == 0);

  const std::string both =
      "#include \"first.hpp\"\n#include \"second.hpp\"\n"
      "#include \"first.hpp\"\n#include \"second.hpp\"\n";
  bench.write("one.cpp", both +
                             "#include \"same_1.hpp\"\n"
                             "const void* one() { return &first::model; }\n"
                             "std::size_t size_1() { return same::model.mu.bias.size(); }\n");
  bench.write("two.cpp",
              both +
                  "#include \"same_2.hpp\"\n#include <cstdio>\n"
                  "const void* one();\nstd::size_t size_1();\n"
                  "int main() {\n"
                  "  const bool good = one() == &first::model && second::model.mu.bias.size() == 3 "
                  "&& first::model.mu.bias.size() == 8 && size_1() == 8 && "
                  "same::model.mu.bias.size() == 3;\n"
                  "  std::puts(second::inflect(\"ev\", \"pos=N\").c_str());\n"
                  "  return good && first::inflect(\"\", \"\").size() <= 80 ? 0 : 1;\n}\n");
  const Outcome compiled = compile(bench, "several", {"one.cpp", "two.cpp"}, {"-O0"});
  REQUIRE_MESSAGE(compiled.status == 0, compiled.err);
  const TemporaryFolder folder;
  CHECK(run_command({bench.file("several")}, folder.path()).status == 0);

  bench.write("clash.cpp", "#include \"same_1.hpp\"\n#include \"same_2.hpp\"\nint main() {}\n");
  const Outcome clash = compile(bench, "clash", {"clash.cpp"});
  CHECK(clash.status != 0);
  CHECK(clash.err.find("two models in the namespace same: export one with another --namespace") !=
        std::string::npos);
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
  const std::string only = ", which is all that a C++ header can hold\n";
  const std::vector<std::pair<Arguments, std::string>> cases{
      {{"--attention", "4"}, "--attention 4, expected 0" + only},
      {{"--decoder", "historyless_a"}, "--decoder historyless_a, expected gru" + only},
      {{"--decoder", "historyless_b"}, "--decoder historyless_b, expected gru" + only},
      {{"--heads", "relu"}, "--heads relu, expected linear" + only},
      {{"--prior", "mixture(components=2)"},
       "--prior mixture(components=2), expected gaussian" + only},
      {{"--head-transform", "batch_norm"},
       "--head-transform batch_norm(gamma=0.6,epsilon=1e-05), expected none" + only},
      {{"--tag-embedding", "4"}, "--tag-embedding 4, expected 0" + only},
      {{"--objective", "elbo+bag_of_characters"},
       "--objective elbo(beta=1)+bag_of_characters(weight=1,entries=counts), expected an objective "
       "without bag_of_characters in a "
       "C++ header\n"},
      {{"--decoder-hidden", "32", "--z-into", "inputs", "--encoder-state-bypass"},
       "--encoder-state-bypass true, expected false" + only}};
  for (const auto& [options, found] : cases) {
    bench.train("model", Arguments{"--epochs", "1", "--overwrite"} + options);
    const Outcome refused = export_header(bench);
    CHECK(refused.status == 2);
    CHECK(refused.err == model + ": found " + found);
  }
  bench.train("model", {"--epochs", "1", "--overwrite"});
  const std::vector<std::pair<std::string, std::string>> names{
      {"my model", "letters, digits and _, the first no digit"},
      {"a::b", "letters, digits and _, the first no digit"},
      {"class", "a name: this is a keyword of C++"},
      {"std", "a name that C++ leaves free"},
      {"exp", "a name that the library of C does not have"}};
  for (const auto& [name, expected] : names) {
    const Outcome refused = export_header(bench, {"--namespace", name});
    CHECK(refused.status == 2);
    CHECK(refused.err == "--namespace: found '" + name + "', expected " + expected + "\n");
  }
}

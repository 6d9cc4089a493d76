// Notes on names of columns, on tags in two normal forms, and on the rows of every option.
#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "smoke/program.hpp"

using reinflection::test::Arguments;
using reinflection::test::Outcome;
using reinflection::test::Workbench;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string names_note(const std::string& file, const std::string& names, long line = 1) {
  return "note: " + file + ":" + std::to_string(line) + ": the row seems to name the columns (" +
         names + "), and is read as a row like any other\n";
}

/// What training on such rows says on its standard error stream.
std::string train(const Workbench& bench, const std::string& rows, const Arguments& more) {
  const std::string file = bench.write("rows.tsv", rows);
  const Outcome done = bench.run(bench.tiny() +
                                 Arguments{"--epochs", "1", "--out", bench.file("model"),
                                           "--overwrite", "--train", file, "--dev", file} +
                                 more);
  CHECK_MESSAGE(done.status == 0, done.err);
  return done.err;
}

}  // namespace

TEST_CASE("notes: a first line that names the columns, which is read as a row") {
  const Workbench bench;
  const std::string rows = "talk\ttalked\tV;PST\nsing\tsang\tV;PST\n";
  const std::string file = bench.file("rows.tsv");
  const Arguments unimorph{"--format", "unimorph"};
  const std::string err = train(bench, "lemma\tform\ttags\n" + rows, unimorph);
  CHECK(err.starts_with(names_note(file, "'lemma', 'tags', 'form'")));
  CHECK(has(err, "\n3 training rows, 3 dev rows, "));
  CHECK(has(train(bench, "\xEF\xBB\xBF\n\nLemma\tForm\tFeatures\n" + rows, unimorph),
            names_note(file, "'Lemma', 'Features', 'Form'", 3)));
  CHECK(has(train(bench, "source\ttarget\naka\ta k\n", {"--columns", "source,target"}),
            names_note(file, "'source', 'target'")));
  CHECK_FALSE(has(train(bench, rows + "lemma\tform\ttags\n", unimorph), "name the columns"));
  const Outcome predicted = bench.run({"predict", "--model", bench.file("model"), "--input", "-"},
                                      "lemma\ttags\ntalk\tV;PST\n");
  CHECK(predicted.status == 0);
  CHECK(predicted.err.starts_with(names_note("standard input", "'lemma', 'tags'")));
  CHECK(predicted.out.starts_with("lemma\ttags\t"));
}

TEST_CASE("notes: names of columns that cannot be read as a row are refused as such") {
  const Workbench bench;
  for (const char* names : {"lemma\ttags\tform", "Lemma\tForm\tTAGS", "id\tlemma\ttags\tform"}) {
    const std::string file = bench.write("rows.tsv", std::string(names) + "\nev\tpos=N\tev\n");
    const Outcome done = bench.run(
        bench.tiny() + Arguments{"--out", bench.file("out"), "--train", file, "--dev", file});
    CAPTURE(names);
    CHECK(done.status == 2);
    CHECK(done.err.starts_with(file + ":1: found "));
    CHECK(done.err.ends_with(
        "; the line seems to name the columns, which no option reads: leave it out\n"));
  }
}

TEST_CASE("notes: tags in two normal forms, and in another than the model's") {
  const Workbench bench;
  const std::string nfc = "ev\tgr\u00F6\u00DFe=1\tevler\n", nfd = "at\tgro\u0308\u00DFe=1\tatlar\n";
  CHECK(has(train(bench, nfc + nfd + nfd, {}),
            "note: " + bench.file("rows.tsv") +
                ":2: 2 tags are not in the normal form NFC, and others are, the first is "
                "'gro\u0308\u00DFe=1': to the model they are other tags, and --normalise leaves "
                "tags as they are\n"));
  for (const std::string& known : {nfc, nfd}) {
    CHECK_FALSE(has(train(bench, known + known, {}), "normal form"));
    const Outcome asked =
        bench.run({"predict", "--model", bench.file("model"), "--input", "-"},
                  known == nfc ? "ev\tgro\u0308\u00DFe=1\n" : "at\tgr\u00F6\u00DFe=1\n");
    CHECK(asked.err ==
          std::string("note: standard input:1: 1 tag is in another Unicode normal form than the "
                      "model's, and left out, the first is '") +
              (known == nfc ? "gro\u0308" : "gr\u00F6") + "\u00DFe=1'\n");
  }
}

TEST_CASE("notes: the forms of --latent-data and the rows of corpus --score get them, too") {
  const Workbench bench;
  const std::string model = bench.train("model", {"--epochs", "1"});
  std::string rows = bench.read("corpus/dev.tsv");
  const std::string forms = bench.write("forms.tsv", "ev \tpos=N,case=QQQ\tevqx\n" + rows);
  const std::string blank = "note: " + forms +
                            ":1: 1 word begins or ends with a blank, the first is 'ev ' (U+0020): "
                            "it is learnt and asked for like a letter\n";
  const std::string unknown =
      "note: " + forms + ":1: 1 tag is unknown to the model, and left out, the first is case=QQQ\n";
  const auto check = [&](const Arguments& command) {
    const Outcome done = bench.run(command + Arguments{"--latent-data", forms});
    CAPTURE(command.front());
    CHECK_MESSAGE(has(done.err, blank), done.err);
    CHECK_MESSAGE(has(done.err, "the first is U+0020\n"), done.err);
    CHECK_MESSAGE(has(done.err, unknown), done.err);
  };
  const Arguments few{"--samples", "2", "--probe-rows", "4", "--threads", "1"};
  check(Arguments{"diagnose", "--model", model, "--data", bench.dev_file()} + few);
  check(Arguments{"report", "--run", model, "--data", bench.dev_file(), "--out",
                  bench.file("r.html")} +
        few);
  Arguments compare = bench.tiny();
  compare.front() = "compare";
  const auto dropout = std::find(compare.begin(), compare.end(), "--dropout");
  compare.erase(dropout, dropout + 2);
  check(compare + Arguments{"--out", bench.file("compare"), "--methods", "elbo", "--seeds", "1",
                            "--epochs", "1"});
  const Outcome scored = bench.run({"corpus", "--score", forms});
  CHECK(scored.status == 0);
  CHECK(scored.err == blank);
}

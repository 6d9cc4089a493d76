// Rows as people have them: formats, standard input, one line out for each line in, and notes.
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "smoke/program.hpp"

using reinflection::test::Arguments;
using reinflection::test::from_environment;
using reinflection::test::lines;
using reinflection::test::Outcome;
using reinflection::test::run_command;
using reinflection::test::split;
using reinflection::test::Workbench;

namespace {

/// The built-in corpus in the columns of UniMorph, its tags bare: `N;DAT;PL`.
std::string to_unimorph(const std::string& rows) {
  std::string text;
  for (const std::string& line : lines(rows)) {
    const auto columns = split(line + "\t", '\t');
    std::string tags;
    for (const std::string& tag : split(columns[1] + ",", ',')) {
      tags += (tags.empty() ? "" : ";") + tag.substr(tag.find('=') + 1);
    }
    text += columns[0] + "\t" + columns[2] + "\t" + tags + "\n";
  }
  return text;
}

struct UniMorphBench : Workbench {
  std::string train_rows = write("um-train.tsv", to_unimorph(read("corpus/train.tsv")));
  std::string dev_rows = write("um-dev.tsv", to_unimorph(read("corpus/dev.tsv")));

  std::string train_unimorph() const {
    return train(
        "um", {"--train", train_rows, "--dev", dev_rows, "--format", "unimorph", "--epochs", "1"});
  }
};

std::string note(const std::string& text) { return "note: " + text + "\n"; }

const std::string no_news = ": the score of training rows tells little about other words";

}  // namespace

TEST_CASE("input: the model file remembers the format, and every command follows it") {
  const UniMorphBench bench;
  const std::string model = bench.train_unimorph();
  CHECK(bench.read("um/config.json").find("\"format\": \"unimorph\"") != std::string::npos);
  const Outcome scored =
      bench.run({"evaluate", "--model", model, "--data", bench.dev_rows, "--json"});
  REQUIRE_MESSAGE(scored.status == 0, scored.err);
  CHECK(nlohmann::json::parse(scored.out)["rows"] == 40);
  const Arguments few{"--samples", "2", "--probe-rows", "4", "--threads", "1"};
  const Outcome diagnosed =
      bench.run(Arguments{"diagnose", "--model", model, "--data", bench.dev_rows, "--latent-data",
                          bench.dev_rows, "--json"} +
                few);
  CHECK_MESSAGE(diagnosed.status != 2, diagnosed.err);
  CHECK(nlohmann::json::accept(diagnosed.out));
  const Outcome report = bench.run(Arguments{"report", "--run", model, "--data", bench.dev_rows,
                                             "--out", bench.file("report.html")} +
                                   few);
  CHECK_MESSAGE(report.status == 0, report.err);
  const Outcome sample =
      bench.run({"sample", "--model", model, "--count", "1", "--tags", "N;DAT;PL"});
  CHECK_MESSAGE(sample.status == 0, sample.err);
  const Outcome unknown = bench.run({"sample", "--model", model, "--tags", "N;QQQ"});
  CHECK(unknown.status == 2);
  CHECK(unknown.err.starts_with(
      "--tags: found the unknown tag QQQ, expected tags that the model knows with ';' between, "));
  // Another order of columns, beside what the model remembers.
  const std::string other = bench.write("other.tsv", "DAT;N;PL\tev\n");
  const Outcome given =
      bench.run({"predict", "--model", model, "--input", other, "--columns", "tags,source"});
  REQUIRE_MESSAGE(given.status == 0, given.err);
  CHECK(given.out.starts_with("DAT;N;PL\tev\t"));
}

TEST_CASE("input: predict reads UniMorph rows with and without their forms") {
  const UniMorphBench bench;
  const std::string model = bench.train_unimorph();
  const auto predict = [&](const std::string& rows) {
    return bench.run({"predict", "--model", model, "--input", "-"}, rows);
  };
  const Outcome covered = predict("ev\tN;DAT;PL\n");
  REQUIRE_MESSAGE(covered.status == 0, covered.err);
  CHECK(covered.out.starts_with("ev\tN;DAT;PL\t"));
  CHECK(predict("ev\tevlere\tN;DAT;PL\n").out == covered.out);
}

TEST_CASE("input: rows without tags are trained on, scored, and inflected") {
  const Workbench bench;
  std::string rows;
  for (int i = 0; i < 24; ++i) {
    const std::string word = {char('a' + i % 5), char('k' + i % 7), char('a' + i % 3)};
    rows += word + "\t" + word.substr(0, 1) + " " + word.substr(1) + "\n";
  }
  const std::string file = bench.write("g2p.tsv", rows);
  for (const char* attention : {"0", "4"}) {
    const std::string model =
        bench.train(std::string("g2p") + attention,
                    {"--train", file, "--dev", file, "--columns", "source,target", "--epochs", "1",
                     "--attention", attention});
    const Outcome scored = bench.run({"evaluate", "--model", model, "--data", file});
    CHECK_MESSAGE(scored.status == 0, scored.err);
    const Outcome said = bench.run({"predict", "--model", model, "--input", "-"}, "aka\n");
    CHECK_MESSAGE(said.status == 0, said.err);
    CHECK(said.out.starts_with("aka\t"));
    const Outcome sample = bench.run({"sample", "--model", model, "--count", "1"});
    CHECK_MESSAGE(sample.status == 0, sample.err);
    const Outcome report =
        bench.run({"report", "--run", model, "--data", "-", "--out", bench.file("g2p.html"),
                   "--samples", "2", "--probe-rows", "4"},
                  bench.read("g2p.tsv"));
    CHECK_MESSAGE(report.status == 0, report.err);
    const std::string page = bench.read("g2p.html");
    CHECK(page.find(R"("about":"sources of standard input")") != std::string::npos);
    CHECK(page.find(R"("file":"standard input")") != std::string::npos);
  }
}

TEST_CASE("input: an unlike row is told the options, and with them it is read") {
  const Workbench bench;
  const std::string file = bench.write("rows.tsv", "talk\ttalked\tV;PST\nsing\tsang\tV;PST\n");
  const Arguments train = bench.tiny() + Arguments{"--train", file, "--dev", file, "--epochs", "1"};
  const Outcome refused = bench.run(train + Arguments{"--out", bench.file("out")});
  CHECK(refused.status == 2);
  CHECK(refused.err ==
        file +
            ":1: found no '=' in 'talked' in the MSD, expected key=value; it looks like "
            "source,target,tags with ';' between tags (UniMorph, SIGMORPHON 2017 to 2022): "
            "--format unimorph\n");
  const Outcome read =
      bench.run(train + Arguments{"--out", bench.file("out"), "--format", "unimorph"});
  CHECK_MESSAGE(read.status == 0, read.err);
  const Outcome predicted =
      bench.run({"predict", "--model", bench.file("out"), "--input", "-"}, "talk\tV,PST\n");
  CHECK(predicted.status == 2);
  CHECK(predicted.err.find("standard input:1: found ',' between the tags 'V,PST', expected ';'") ==
        0);
}

TEST_CASE("input: train needs a target column") {
  const Workbench bench;
  const Outcome done =
      bench.run(bench.tiny() + Arguments{"--out", bench.file("out"), "--columns", "source,tags"});
  CHECK(done.status == 2);
  CHECK(done.err == "--columns: found no target, expected one, for --train has answers\n");
}

TEST_CASE("input: predict writes an empty line for an empty line") {
  const Workbench bench;
  const std::string model = bench.train("model", {"--epochs", "1"});
  const auto predict = [&](const std::string& rows, const Arguments& more = {}) {
    return bench.run(Arguments{"predict", "--model", model, "--input", "-"} + more, rows);
  };
  const std::string ev = "ev\tpos=N,case=DAT,num=PL\n", at = "at\tpos=N,case=DAT,num=PL\n";
  const std::string of_ev = predict(ev).out, of_at = predict(at).out;
  CHECK(predict(ev + "\n" + at).out == of_ev + "\n" + of_at);
  CHECK(predict("\n\r\n" + ev + "\n\n").out == "\n\n" + of_ev + "\n\n");
  CHECK(predict("\xEF\xBB\xBF\n" + ev).out == "\n" + of_ev);
  CHECK(predict("\n\n").out == "\n\n");
  CHECK(predict("\n\n").status == 0);
  CHECK(predict("").status == 2);
  const Outcome bad = predict(ev + "\n\nev\n");
  CHECK(bad.status == 2);
  CHECK(bad.out == of_ev + "\n\n");
  std::string many;  // more than are answered at once, a blank behind each
  for (int i = 0; i < 1100; ++i) many += ev + "\n";
  CHECK(lines(predict(many).out).size() == 2200);
  CHECK(lines(predict(ev + "\n" + at, {"--nbest", "2"}).out).size() == 5);
}

TEST_CASE("input: a file of carriage returns only is refused") {
  const Workbench bench;
  const std::string model = bench.train("model", {"--epochs", "1"});
  const Outcome done = bench.run({"predict", "--model", model, "--input", "-"},
                                 "ev\tpos=N,num=PL\rkitap\tpos=N,num=PL\r");
  CHECK(done.status == 2);
  CHECK(done.out.empty());
  CHECK(done.err ==
        "standard input:1: found a carriage return at byte 16 inside the row, expected lines that "
        "end with a newline, or with both\n");
}

TEST_CASE("input: - is standard input wherever rows are read, once") {
  const Workbench bench;
  const std::string dev = bench.read("corpus/dev.tsv"), train = bench.read("corpus/train.tsv");
  const Arguments out{"--out", bench.file("piped"), "--epochs", "1"};
  const Outcome trained = bench.run(bench.tiny() + Arguments{"--train", "-"} + out, train);
  REQUIRE_MESSAGE(trained.status == 0, trained.err);
  bench.train("model", {"--epochs", "1"});
  const std::string model = bench.file("model");
  const Arguments few{"--samples", "2", "--probe-rows", "4", "--threads", "1"};
  const auto same = [&](const Arguments& command, const std::string& option,
                        const std::string& file, const std::string& rows) {
    const Outcome named = bench.run(command + Arguments{option, file});
    const Outcome piped = bench.run(command + Arguments{option, "-"}, rows);
    CAPTURE(option);
    CHECK_MESSAGE(named.status != 2, named.err);
    CHECK(piped.out == named.out);
    CHECK(piped.status == named.status);
  };
  same({"evaluate", "--model", model}, "--data", bench.dev_file(), dev);
  same(Arguments{"diagnose", "--model", model} + few, "--data", bench.dev_file(), dev);
  same(Arguments{"diagnose", "--model", model, "--data", bench.dev_file()} + few, "--latent-data",
       bench.dev_file(), dev);
  same({"corpus"}, "--score", bench.write("task1.tsv", "ev\tpos=N,case=DAT,num=PL\tevlere\n"),
       "ev\tpos=N,case=DAT,num=PL\tevlere\n");
  same(Arguments{"report", "--run", model, "--out", bench.file("r.html")} + few, "--data",
       bench.dev_file(), dev);

  const auto refuse = [&](const Arguments& arguments, const std::string& first,
                          const std::string& second) {
    const Outcome done = bench.run(arguments + Arguments{first, "-", second, "-"}, dev);
    CHECK(done.status == 2);
    CHECK(done.err == second + ": found -, which " + first +
                          " is, too, expected a file: standard input can be read once\n");
  };
  refuse(bench.tiny() + Arguments{"--out", bench.file("x")}, "--train", "--dev");
  refuse({"diagnose", "--model", model}, "--data", "--latent-data");
  refuse({"report", "--run", model, "--out", bench.file("x.html")}, "--data", "--latent-data");
  refuse({"compare", "--out", bench.file("x"), "--train", bench.train_file()}, "--dev",
         "--latent-data");
}

TEST_CASE("notes: blanks at the ends of words and tags, with count and first place") {
  const Workbench bench;
  const std::string model = bench.train("model", {"--epochs", "1"});
  const auto err_of = [&](const std::string& rows) {
    const Outcome done = bench.run({"predict", "--model", model, "--input", "-"}, rows);
    CHECK(done.status == 0);
    return done.err;
  };
  const std::string as_letter = ": it is learnt and asked for like a letter";
  const std::string as_tag = ": to the model it is another tag than the one without";
  const std::string good = "ev\tpos=N,case=DAT,num=PL\n";
  CHECK(err_of(good).empty());
  CHECK(err_of(good + good + "ev \tpos=N\n ev\tpos=N\n")
            .starts_with(note("standard input:3: 2 words begin or end with a blank, the first is "
                              "'ev ' (U+0020)" +
                              as_letter)));
  CHECK(err_of("ev\u00A0\tpos=N\n")
            .starts_with(note("standard input:1: 1 word begins or ends with a blank, the first is "
                              "'ev\u00A0' (U+00A0)" +
                              as_letter)));
  CHECK(err_of(good + "ev\tpos=N, case=DAT ,num=PL\n")
            .starts_with(note("standard input:2: 2 tags begin or end with a blank, the first is "
                              "' case=DAT ' (U+0020)" +
                              as_tag)));
  CHECK(err_of("ev\tpos= N\n").find("tag begins or ends with a blank, the first is 'pos= N'") !=
        std::string::npos);
}

TEST_CASE("notes: unknown characters and tags, the first with its line") {
  const Workbench bench;
  const std::string model = bench.train("model", {"--epochs", "1"});
  const std::string rows = "ev\tpos=N,case=DAT\tev\nxevq\tpos=N,case=QQQ,num=YY\tevw\n";
  const std::string file = bench.write("rows.tsv", rows);
  const std::string expected =
      note(file + ":2: 3 characters are unknown to the model, the first is U+0078 'x'") +
      note(file + ":2: 2 tags are unknown to the model, and left out, the first is case=QQQ");
  const Outcome scored = bench.run({"evaluate", "--model", model, "--data", file, "--json"});
  CHECK(scored.status == 0);
  CHECK(scored.err == expected);
  CHECK(nlohmann::json::accept(scored.out));
  const Outcome diagnosed = bench.run({"diagnose", "--model", model, "--data", bench.dev_file(),
                                       "--json", "--samples", "2", "--probe-rows", "4"});
  CHECK(diagnosed.err.empty());
  const Outcome sample = bench.run(
      {"sample", "--model", model, "--count", "1", "--tags", "pos=N,case=DAT", "--word", "evx"});
  CHECK(sample.status == 0);
  CHECK(sample.err == note("evx: 1 character is unknown to the model, the first is U+0078 'x'"));
}

TEST_CASE("notes: two normal forms in a file, and other forms than the model's") {
  const Workbench bench;
  const std::string nfc = "g\u00F6l\tpos=N\tg\u00F6ller\n",
                    nfd = "go\u0308l\tpos=N\tgo\u0308ller\n";
  const auto train = [&](const std::string& name, const std::string& rows, const Arguments& more) {
    const Outcome done = bench.run(bench.tiny() +
                                   Arguments{"--epochs", "1", "--out", bench.file(name), "--train",
                                             bench.write(name + ".tsv", rows)} +
                                   more);
    REQUIRE_MESSAGE(done.status == 0, done.err);
    return done.err;
  };
  const std::string mixed = bench.file("mixed.tsv") +
                            ":2: 2 words are not in the normal form NFC, and others are, the first "
                            "is 'go\u0308l': to the model they are other letters; --normalise nfc "
                            "makes them one";
  CHECK(train("mixed", nfc + nfd, {}).starts_with(note(mixed)));
  CHECK(train("composed", nfc + nfc, {}).find("normal form") == std::string::npos);
  const auto err_of = [&](const char* model, const std::string& rows) {
    return bench.run({"predict", "--model", bench.file(model), "--input", "-"}, rows).err;
  };
  CHECK(err_of("composed", nfd)
            .starts_with(note("standard input:1: 1 word is in another Unicode normal form than the "
                              "model's, the first is 'go\u0308l': to the model they are other "
                              "letters; --normalise nfc in training makes them one")));
  CHECK(err_of("composed", nfc).empty());
}

TEST_CASE("notes: --normalise nfc makes one alphabet, and the model remembers it") {
  const Workbench bench;
  const std::string nfc = "g\u00F6l\tpos=N\tg\u00F6ller\n",
                    nfd = "go\u0308l\tpos=N\tgo\u0308ller\n";
  const std::string rows = bench.write("rows.tsv", nfc + nfd);
  const Outcome done =
      bench.run(bench.tiny() + Arguments{"--epochs", "1", "--out", bench.file("model"), "--train",
                                         rows, "--dev", rows, "--normalise", "nfc"});
  if (done.status == 2) {
    CHECK(done.err ==
          "--normalise: found 'nfc', expected none: this program was built without the library "
          "utf8proc (Debian: libutf8proc-dev)\n");
    return;
  }
  CHECK(done.err.find("normal form") == std::string::npos);
  const auto predict = [&](const std::string& row) {
    return bench.run({"predict", "--model", bench.file("model"), "--input", "-"}, row);
  };
  const Outcome composed = predict(nfc), decomposed = predict(nfd);
  CHECK(decomposed.err.empty());
  // What was given is written as it was given; the guess is the same.
  CHECK(decomposed.out.starts_with("go\u0308l\tpos=N\t"));
  CHECK(split(decomposed.out + "\t", '\t')[2] == split(composed.out + "\t", '\t')[2]);
  const Outcome header = bench.run(
      {"export", "--model", bench.file("model"), "--cpp-header", bench.file("model.hpp")});
  CHECK(header.status == 2);
  CHECK(header.err.find("--normalise nfc, expected none") != std::string::npos);
}

TEST_CASE("notes: rows of dev and data that were trained on") {
  const Workbench bench;
  const std::string train = bench.read("corpus/train.tsv"), dev = bench.read("corpus/dev.tsv");
  const auto rows = lines(train);
  const std::string shared = bench.write("shared.tsv", dev + rows[3] + "\n" + rows[7] + "\n");
  const Outcome done = bench.run(
      bench.tiny() + Arguments{"--out", bench.file("model"), "--epochs", "1", "--dev", shared});
  REQUIRE(done.status == 0);
  const std::string expected =
      note(shared + ":41: 2 of 42 rows stand in " + bench.train_file() + ", too" + no_news);
  CHECK(done.err.find(expected) != std::string::npos);
  const Outcome scored =
      bench.run({"evaluate", "--model", bench.file("model"), "--data", shared, "--json"});
  CHECK(scored.err == expected);
  CHECK(bench.run({"evaluate", "--model", bench.file("model"), "--data", bench.dev_file()})
            .err.empty());
  // The order of tags is not part of a row.
  const std::string turned = bench.write("turned.tsv", "ev\tnum=PL,pos=N\tevler\n");
  const std::string straight = bench.write("straight.tsv", "ev\tpos=N,num=PL\tevler\n");
  const Outcome other =
      bench.run(bench.tiny() + Arguments{"--out", bench.file("other"), "--epochs", "1", "--train",
                                         straight, "--dev", turned});
  CHECK(other.err.find(note(turned + ":1: 1 of 1 row stands in " + straight + ", too" + no_news)) !=
        std::string::npos);
}

TEST_CASE("notes: rows without tags among others") {
  const Workbench bench;
  const std::string rows =
      bench.write("rows.tsv", "ev\tpos=N\tevler\nat\t\tatlar\nsu\tpos=N\tsular\n");
  const Outcome done = bench.run(
      bench.tiny() + Arguments{"--out", bench.file("model"), "--epochs", "1", "--train", rows});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  CHECK(done.err.starts_with(note(rows + ":2: 1 row has no tags, where others have some")));
  const Outcome bare =
      bench.run({"predict", "--model", bench.file("model"), "--input", "-"}, "ev\t\nat\t\n");
  REQUIRE_MESSAGE(bare.status == 0, bare.err);
  CHECK(bare.err == note("standard input:1: 2 rows have no tags, where the model knows some"));
}

TEST_CASE("input: the options that a row is told are those that read it beside the model's") {
  const UniMorphBench bench;
  const std::string model = bench.train_unimorph();
  const Arguments predict{"predict", "--model", model, "--input", "-"};
  const std::string row = "ev\tpos=N,num=PL\tevler\n";
  const Outcome refused = bench.run(predict, row);
  CHECK(refused.status == 2);
  CHECK(refused.err.ends_with(": --columns source,tags,target --tag-separator ','\n"));
  const Outcome read = bench.run(
      predict + Arguments{"--columns", "source,tags,target", "--tag-separator", ","}, row);
  CHECK_MESSAGE(read.status == 0, read.err);
  const Outcome none = bench.run({"sample", "--model", model, "--tags", ";", "--count", "1"});
  CHECK(none.status == 2);
  CHECK(none.err.starts_with("--tags: found no tag in ';', expected tags that the model knows"));
}

TEST_CASE("export: the header reads tags as the rows have them") {
  const UniMorphBench bench;
  const std::string model = bench.train_unimorph();
  const Outcome done =
      bench.run({"export", "--model", model, "--cpp-header", bench.file("model.hpp")});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  const std::string main =
      bench.write("main.cpp",
                  "#include <cstdio>\n#include \"model.hpp\"\n"
                  "int main(int, char** words) {\n"
                  "  std::puts(inflection::inflect(words[1], words[2]).c_str());\n}\n");
  const vaecollapse::test::TemporaryFolder folder;
  const Outcome compiled = run_command(
      {from_environment("VAECOLLAPSE_CXX"), "-std=c++20", "-O1", main, "-o", bench.file("ask")},
      folder.path());
  REQUIRE_MESSAGE(compiled.status == 0, compiled.err);
  for (const std::string row :
       {"ev\tN;DAT;PL", "kitap\tN;ABL(X;Y);SG", "at\tN;;PL;", "ev\tN,PL;SG"}) {
    const auto fields = split(row + "\t", '\t');
    const Outcome predicted = bench.run({"predict", "--model", model, "--input", "-"}, row + "\n");
    REQUIRE_MESSAGE(predicted.status == 0, predicted.err);
    const Outcome asked = run_command({bench.file("ask"), fields[0], fields[1]}, folder.path());
    CHECK(row + "\t" + asked.out == predicted.out);
  }
}

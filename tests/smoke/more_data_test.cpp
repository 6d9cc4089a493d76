// `reinflect train` on more than the rows given: what is added and counted, and what is refused.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "smoke/faults.hpp"

using namespace reinflection::test;
using nlohmann::json;

namespace {

const std::string more_train =
    "ev\tnum=PL\tevler\n"
    "ev\tcase=DAT\teve\n"
    "kitap\tnum=PL\tkitaplar\n"
    "evlerden\tnum=PL\tevler\n"
    "kalemler\tnum=PL\tkalemler\n";
const std::string more_dev =
    "kalem\tnum=PL\tkalemler\n"
    "su\tcase=DAT\tsuya\n"
    "suya\tnum=PL,case=DAT\tsulara\n";

/// Rows of a few words, and options that train on them in a moment.
struct FewRows {
  Workbench bench;

  Outcome train(const std::string& out, const Arguments& more) const {
    Arguments all = bench.tiny();
    const auto put = [&](const char* option, const std::string& file) {
      *(std::find(all.begin(), all.end(), option) + 1) = file;
    };
    put("--train", bench.write("train.tsv", more_train));
    put("--dev", bench.write("dev.tsv", more_dev));
    return bench.run(all + Arguments{"--out", bench.file(out), "--epochs", "1"} + more);
  }

  /// Trains, and gives the line that counts the rows.
  std::string origins(const std::string& out, const Arguments& more) const {
    const Outcome done = train(out, more);
    REQUIRE_MESSAGE(done.status == 0, done.err);
    for (const std::string& line : lines(done.err)) {
      if (line.find(" track: ") != std::string::npos) return line;
    }
    return "";
  }

  void refuse(const Arguments& more, const std::string& expected) const {
    const Outcome done = train("refused", more);
    CHECK(done.status == 2);
    CHECK(lines(done.err).back() == expected);
  }
};

}  // namespace

TEST_CASE("rows are counted by their origin, and the track is said") {
  const FewRows few;
  CHECK(few.origins("plain", {}).empty());
  CHECK(few.origins("copies", {"--copies", "words"}) ==
        "restricted track: 5 rows given, 5 copies of targets");
  CHECK(few.origins("implied", {"--implied", "sources", "--copies", "words"}) ==
        "restricted track: 5 rows given, 5 copies of targets, 2 implied rows");
  CHECK(
      few.origins("fresh", {"--hallucinate", "7", "--copies", "random:9"}) ==
      "restricted track: 5 rows given, 9 random strings in each epoch, 7 hallucinated rows in each "
      "epoch");
}

TEST_CASE("rows of the other tasks, in every direction whose tags are known") {
  const FewRows few;
  const std::string one = few.bench.write("one",
                                          "defter\tnum=PL\tdefterler\n"
                                          "defter\tcase=DAT\tdeftere\n"
                                          "ev\tnum=PL\tevler\n");
  const std::string two = few.bench.write("two",
                                          "num=PL\tdefterler\tcase=DAT\tdeftere\n"
                                          "case=DAT\tsuya\tcase=LOC\tsuda\n");
  // Of task 1 the third row is there, and the other two imply two; of task 2 the first is known,
  // and both directions of it; the second may not be read backward: it would answer dev.
  const Outcome done =
      few.train("standard", {"--also", one + ":1", "--also", two + ":2", "--copies", "words"});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  CHECK(done.err.find("standard track: 5 rows given, 4 rows of " + one + ", 1 row of " + two +
                      ", 8 copies of targets\n") != std::string::npos);
  CHECK(done.err.find("note: " + two +
                      ":2: 1 row is not read backward, because the source and its "
                      "tags answer a row of --dev\n") != std::string::npos);
  CHECK(done.out.find(", standard track, written to ") != std::string::npos);
  const Outcome scored = few.bench.run({"evaluate", "--model", few.bench.file("standard"), "--data",
                                        few.bench.file("dev.tsv"), "--json"});
  REQUIRE_MESSAGE(scored.status == 0, scored.err);
  CHECK(json::parse(scored.out)["track"] == "standard");
  CHECK(json::parse(few.bench.read("standard/config.json"))["also"] == one + ":1," + two + ":2");
}

TEST_CASE("words are copies, each once") {
  const FewRows few;
  const std::string words = few.bench.write("words", "defter\nevler\n\ndefter\n");
  CHECK(few.origins("bonus", {"--words", words}) ==
        "bonus track: 5 rows given, 2 words of " + words);
  const Outcome scored = few.bench.run(
      {"evaluate", "--model", few.bench.file("bonus"), "--data", few.bench.file("dev.tsv")});
  REQUIRE_MESSAGE(scored.status == 0, scored.err);
  CHECK(lines(scored.out).back() == "track                   bonus");
}

TEST_CASE("files that tell what dev asks for are refused") {
  const FewRows few;
  const auto& bench = few.bench;
  const std::string because =
      ", expected a file of training data: with answers of dev among the training rows, dev would "
      "not show what the model does with words it has not seen";
  // 'kalemler' is an answer of --train already; the order of tags does not matter.
  const std::string one = bench.write("one",
                                      "kalem\tnum=PL\tkalemler\n"
                                      "su\tcase=DAT,num=PL\tsulara\n"
                                      "su\tcase=DAT\tsuya\n");
  few.refuse({"--also", one + ":1"},
             one +
                 ":2: found 'sulara' for case=DAT,num=PL, which answers a row of --dev and none of "
                 "--train, the first of 2" +
                 because);
  const std::string words = bench.write("words", "kalemler\nsuda\nsuya\n");
  few.refuse(
      {"--words", words},
      words + ":3: found 'suya', which answers a row of --dev and none of --train" + because);
  // Dev itself, and dev as rows of task 1.
  const std::string itself = bench.write("itself", more_dev);
  few.refuse({"--also", itself + ":1"},
             itself +
                 ":2: found 'suya' for case=DAT, which answers a row of --dev and none of "
                 "--train, the first of 2" +
                 because);
}

TEST_CASE("mistakes in what is added") {
  const FewRows few;
  const auto& bench = few.bench;
  const std::string expected =
      ", expected FILE:1 or FILE:2 by the task of its rows, or several of them with commas between";
  for (const std::string text : {"rows.tsv", "rows.tsv:3", ":1", "a:1,b"}) {
    few.refuse({"--also", text}, "--also: found '" + text + "'" + expected);
  }
  few.refuse({"--also", bench.file("none") + ":1"},
             bench.file("none") +
                 ": found no readable file (No such file or directory), expected "
                 "rows, or - for standard input");
  const std::string one = bench.write("one", "ev\tnum=PL\tevler\nev\tnum=PL\n");
  few.refuse({"--also", one + ":1"},
             one + ":2: found 2 columns, expected 3 (lemma, MSD, form) separated by tabs");
  const std::string two =
      bench.write("two", "num=SG\tev\tnum=PL\tevler\nnum=\tev\tnum=PL\tevler\n");
  few.refuse({"--also", two + ":2"},
             two + ":2: found an empty value in 'num=' in the MSD, expected key=value");
  const std::string words = bench.write("words", "ev\nev evler\nat\tatlar\n");
  few.refuse({"--words", words},
             words +
                 ":3: found 2 columns, expected 1 (word) separated by tabs; it looks like "
                 "source,target (words without tags, as of grapheme to phoneme)");
  few.refuse({"--hallucinate", "-1"},
             "--hallucinate: found '-1', expected a whole number from 0 to 10000000");
}

TEST_CASE("hallucinated rows: the same bytes on other threads and after a stop within an epoch") {
  const Workbench bench;
  const Arguments fresh{"--hallucinate", "30", "--copies", "random:10", "--checkpoint-every", "5"};
  const std::string straight = bench.train("straight", fresh);
  const std::string threads = bench.train("threads", fresh + Arguments{"--threads", "3"});
  check_same(straight, threads);
  // The last checkpoints are of steps 20 and 24: without the end, the run goes on within epoch 2.
  std::filesystem::remove(vaecollapse::checkpoints_in(threads).front());
  REQUIRE(vaecollapse::checkpoints_in(threads).front().filename() == "checkpoint-20.safetensors");
  const Outcome done = bench.run({"train", "--resume", threads});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  check_same(straight, threads);
}

TEST_CASE("the shared task's own files: what they add, and that dev's are refused") {
  const char* data = std::getenv("VAECOLLAPSE_SHARED_DATA");
  if (data == nullptr) {
    MESSAGE("skipped: VAECOLLAPSE_SHARED_DATA does not name the SIGMORPHON 2016 files");
    return;
  }
  const Workbench bench;
  const std::string finnish = std::string(data) + "/finnish-task";
  const Arguments rows{"--train", finnish + "3-train", "--dev", finnish + "3-dev", "--epochs",
                       "1",       "--batch",           "512"};
  const Outcome done =
      bench.run(bench.tiny() + rows +
                Arguments{"--out", bench.file("all"), "--implied", "words", "--also",
                          finnish + "1-train:1", "--also", finnish + "2-train:2"});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  CHECK(done.err.find("standard track: 12800 rows given, ") != std::string::npos);
  CHECK(done.err.find(", 718 implied rows\n") != std::string::npos);
  CHECK(done.err.find(": 28 rows are not read backward") != std::string::npos);
  const Outcome refused = bench.run(
      bench.tiny() + rows + Arguments{"--out", bench.file("dev"), "--also", finnish + "1-dev:1"});
  CHECK(refused.status == 2);
  CHECK(refused.err.find("the first of 1578") != std::string::npos);
}

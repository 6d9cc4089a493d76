// `reinflect compare`: its files, that a second call trains nothing, and its errors.
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "smoke/program.hpp"

using nlohmann::ordered_json;
using reinflection::test::Arguments;
using reinflection::test::lines;
using reinflection::test::Outcome;
using reinflection::test::split;
using reinflection::test::Workbench;

namespace {

Arguments compare(const Workbench& bench, const std::string& out) {
  return {"compare",
          "--train",
          bench.train_file(),
          "--dev",
          bench.dev_file(),
          "--out",
          bench.file(out),
          "--embedding",
          "8",
          "--latent",
          "8",
          "--encoder-hidden",
          "16",
          "--decoder-hidden",
          "16",
          "--batch",
          "16",
          "--epochs",
          "1",
          "--threads",
          "1",
          "--jobs",
          "1",
          "--warmup",
          "4",
          "--seeds",
          "1",
          "--methods",
          "elbo,free_bits",
          "--rate",
          "8"};
}

/// compare.csv without the times.
std::vector<std::string> untimed(const std::string& csv) {
  std::vector<std::string> rows;
  for (const std::string& line : lines(csv)) {
    std::string row;
    const auto columns = split(line, ',');
    for (std::size_t i = 0; i < columns.size(); ++i) row += i == 10 ? "" : columns[i] + ",";
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

TEST_CASE("compare trains methods x seeds, writes its tables, and goes on where it stopped") {
  const Workbench bench;
  const Outcome first = bench.run(compare(bench, "out"));
  REQUIRE_MESSAGE(first.status == 0, first.err);
  CHECK(first.err.starts_with("2 runs, 0 of them done before\n1/2  elbo, seed 1: accuracy "));
  CHECK(first.err.find("\n2/2  free_bits, seed 1: accuracy ") != std::string::npos);
  CHECK(first.out.starts_with("method     accuracy %"));

  const auto csv = lines(bench.read("out/compare.csv"));
  REQUIRE(csv.size() == 3);
  CHECK(csv[0] ==
        "method,seed,accuracy,levenshtein,nll_nats,rate_nats,elbo_nats,active_units,"
        "accuracy_z_permuted,lemma_purity,seconds,collapsed");
  const auto row = split(csv[2], ',');
  REQUIRE(row.size() == 12);
  CHECK(row[0] == "free_bits");
  CHECK(row[1] == "1");
  CHECK(row[9].empty());
  CHECK(std::stod(row[6]) == doctest::Approx(-(std::stod(row[4]) + std::stod(row[5]))));
  CHECK(lines(bench.read("out/compare.md")).size() == 4);

  const auto before = bench.contents("out/runs");
  const Outcome again = bench.run(compare(bench, "out"));
  REQUIRE_MESSAGE(again.status == 0, again.err);
  CHECK(again.err.empty());  // no run was made
  CHECK(again.out == first.out);
  CHECK(bench.contents("out/runs") == before);
  CHECK(lines(bench.read("out/compare.csv")) == csv);

  // Of a run that another build made this is said, and it is not made again.
  for (const auto& [path, text] : before) {
    if (!path.ends_with("result.json") || path.find("/elbo-") == std::string::npos) continue;
    std::string changed = text;
    changed.replace(changed.find("\"program\":\"") + 11, 16, "0123456789abcdef");
    vaecollapse::write_file(path, changed);
  }
  const Outcome rebuilt = bench.run(compare(bench, "out"));
  CHECK(rebuilt.err ==
        "note: another build of reinflect trained 1 of 2 runs; a run without its "
        "folder in " +
            bench.file("out/runs") + " is trained anew\n");
  CHECK(rebuilt.out == first.out);
  CHECK(lines(bench.read("out/compare.csv")) == csv);

  // A seed more: only that seed is trained.
  const Outcome more = bench.run(compare(bench, "out") + Arguments{"--seeds", "2"});
  REQUIRE_MESSAGE(more.status == 0, more.err);
  CHECK(more.err.starts_with("4 runs, 2 of them done before\n3/4  "));
  CHECK(more.err.find("  elbo, seed 2: ") != std::string::npos);  // whichever was done first
  CHECK(more.err.find(", seed 1: ") == std::string::npos);
  const auto longer = lines(bench.read("out/compare.csv"));
  REQUIRE(longer.size() == 5);
  CHECK(longer[1] == csv[1]);
  CHECK(split(longer[4], ',')[1] == "2");
}

TEST_CASE("compare and diagnose say the same of the same weights and rows") {
  const Workbench bench;
  const Outcome done = bench.run(compare(bench, "out") + Arguments{"--epochs", "6"});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  int seen = 0;
  for (const std::string& line : lines(bench.read("out/compare.csv"))) {
    const auto row = split(line, ',');
    if (row[0] == "method") continue;
    for (const auto& entry : std::filesystem::directory_iterator(bench.file("out/runs"))) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with(row[0] + "-" + row[1] + "-")) continue;
      const Outcome said =
          bench.run({"diagnose", "--model", entry.path().string(), "--data", bench.dev_file(),
                     "--threads", "1", "--samples", "2", "--probe-rows", "10", "--json"});
      const ordered_json found = ordered_json::parse(said.out);
      CAPTURE(found["verdict"]);
      CHECK((said.status == 3) == (row[11] == "yes"));
      CHECK(found["rate_nats"].get<double>() == doctest::Approx(std::stod(row[5])).epsilon(1e-4));
      CHECK(found["nll_nats"].get<double>() == doctest::Approx(std::stod(row[4])).epsilon(1e-4));
      const ordered_json rows =
          ordered_json::parse(vaecollapse::read_text_file(entry.path() / "result.json"))["rows"];
      const auto permuted = rows["nll_permuted"].get<std::vector<double>>();
      double sum = 0;
      for (const double nll : permuted) sum += nll;
      CHECK(found["nll_z_permuted_nats"].get<double>() ==
            doctest::Approx(sum / static_cast<double>(permuted.size())).epsilon(1e-4));
      ++seen;
    }
  }
  CHECK(seen == 2);
}

TEST_CASE("the results of a comparison do not depend on the jobs") {
  const Workbench bench;
  for (const char* jobs : {"1", "2"}) {
    const Outcome done =
        bench.run(compare(bench, jobs) + Arguments{"--jobs", jobs, "--threads", jobs});
    REQUIRE_MESSAGE(done.status == 0, done.err);
  }
  CHECK(untimed(bench.read("1/compare.csv")) == untimed(bench.read("2/compare.csv")));
}

TEST_CASE("lemma purity is measured on a file of task 1") {
  const Workbench bench;
  const std::string words = bench.write("words.tsv",
                                        "ev\tnum=PL\tevler\nev\tcase=ESS\tevde\n"
                                        "ev\tnum=SG\tev\nat\tnum=PL\tatlar\nat\tcase=ESS\tatta\n"
                                        "at\tnum=SG\tat\nat\tcase=NOM\tat\n");
  const Arguments once = compare(bench, "out") + Arguments{"--methods", "elbo"};
  REQUIRE(bench.run(once).status == 0);
  const auto columns = [&] { return split(lines(bench.read("out/compare.csv"))[1], ','); };
  auto before = columns();
  const auto runs = bench.contents("out/runs");

  const Arguments ask = once + Arguments{"--latent-data"};
  const Outcome done = bench.run(ask + Arguments{words});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  // Of six different forms, each has two others of its lemma.
  const double twelfths = 12 * std::stod(columns()[9]);
  CHECK(twelfths == doctest::Approx(std::round(twelfths)));
  CHECK(twelfths >= 0);
  CHECK(twelfths <= 12);

  // The run was scored again, but not trained again: even its time is as it was.
  before[9] = columns()[9];
  CHECK(columns() == before);
  for (const auto& [path, text] : bench.contents("out/runs")) {
    if (!path.ends_with("result.json")) CHECK(runs.at(path) == text);
  }

  const std::string few = bench.write("few.tsv", "ev\tnum=PL\tevler\n");
  const Outcome refused = bench.run(ask + Arguments{few});
  CHECK(refused.status == 2);
  CHECK(refused.err == few + ": found 1 word to look at, expected 6 at least\n");
}

TEST_CASE("compare refuses what makes no sense before it writes anything") {
  const Workbench bench;
  const auto refuse = [&](const Arguments& more, const std::string& text) {
    const Outcome done = bench.run(compare(bench, "refused") + more);
    CHECK(done.status == 2);
    CHECK(done.err == text + "\n");
    CHECK(done.out.empty());
    CHECK_FALSE(std::filesystem::exists(bench.file("refused")));
  };
  refuse({"--methods", "elbo,fre_bits"},
         "--methods: found the unknown method 'fre_bits', expected 'free_bits' perhaps");
  refuse({"--methods", "mdr+free_bits"},
         "--methods: found 'mdr+free_bits', expected one part at most that sets --objective");
  refuse({"--out", ""}, "--out: found nothing, expected a folder");
  refuse({"--objective", "elbo"},
         "reinflect compare: found the unknown argument --objective, expected it with train only");
  refuse({"--batch", "0"}, "--batch: found '0', expected a whole number from 1 to 65536");
}

TEST_CASE("a run that fails does not take the others with it") {
  const Workbench bench;
  REQUIRE(bench.run(compare(bench, "out")).status == 0);
  std::string blocked;
  for (const auto& [path, text] : bench.contents("out/runs")) {
    if (path.ends_with("result.json") && path.find("/elbo-") != std::string::npos) blocked = path;
  }
  REQUIRE(!blocked.empty());
  const auto folder = std::filesystem::path(blocked).parent_path();
  std::filesystem::remove_all(folder);
  vaecollapse::write_file(folder, std::string_view("a file in the way"));
  const Outcome done = bench.run(compare(bench, "out") + Arguments{"--methods", "elbo,hinge"});
  CHECK(done.status == 2);
  CHECK(done.err.find("1/2  elbo, seed 1: FAILED: " + folder.string() + ": cannot be made") !=
        std::string::npos);
  CHECK(done.err.find("2/2  hinge, seed 1: accuracy ") != std::string::npos);
  CHECK(done.err.find("\ncompare: 1 of 2 runs failed, the first was elbo, seed 1: ") !=
        std::string::npos);
  const auto csv = lines(bench.read("out/compare.csv"));
  REQUIRE(csv.size() == 2);
  CHECK(csv[1].starts_with("hinge,1,"));
}

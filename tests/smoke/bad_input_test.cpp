// Bad input: one line that says where, what was found and what was expected; exit status 2;
// nothing written.
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <vaecollapse/io/safetensors.hpp>

#include "smoke/program.hpp"

using reinflection::test::Arguments;
using reinflection::test::lines;
using reinflection::test::Outcome;
using reinflection::test::Workbench;

namespace {

/// Training with these arguments fails with this text and makes no folder.
void check_refused(const Workbench& bench, const Arguments& more, const std::string& expected) {
  CAPTURE(expected);
  const Outcome done = bench.run(bench.tiny() + Arguments{"--out", bench.file("out")} + more);
  CHECK(done.status == 2);
  CHECK(done.out.empty());
  CHECK(done.err == expected + "\n");
  CHECK_FALSE(std::filesystem::exists(bench.file("out")));
}

const std::string three_columns = "3 (source, MSD, form) separated by tabs";

}  // namespace

TEST_CASE("bad rows are refused before anything is written") {
  const Workbench bench;
  const std::string good = "ev\tpos=N,num=PL\tevler\n";
  const auto refuse = [&](const std::string& text, const std::string& line,
                          const std::string& complaint) {
    const std::string file = bench.write("bad.tsv", text);
    check_refused(bench, {"--train", file}, file + line + ": " + complaint);
    check_refused(bench, {"--dev", file}, file + line + ": " + complaint);
  };
  refuse("", "", "found no rows, expected rows of " + three_columns);
  refuse(good + "ev\tpos=N\n", ":2", "found 2 columns, expected " + three_columns);
  refuse(good + good + "ev\tpos=N\tevler\textra\n", ":3",
         "found 4 columns, expected " + three_columns +
             "; it looks like source,tags,target,- with ',' between tags: --columns "
             "source,tags,target,-");
  refuse(good + "e\xC3\tpos=N\tev\n", ":2",
         "found a truncated character at byte 2, expected UTF-8");
  refuse("ev\tpos=N,num\tevler\n", ":1", "found no '=' in 'num' in the MSD, expected key=value");
  refuse("ev\tpos=N\t\n", ":1", "found nothing in column 3 (form), expected text");
}

TEST_CASE("missing files are refused") {
  const Workbench bench;
  const std::string missing = bench.file("missing");
  const std::string reason = ": found no readable file (No such file or directory), expected ";
  check_refused(bench, {"--train", missing}, missing + reason + "rows of " + three_columns);
  check_refused(bench, {"--dev", missing}, missing + reason + "rows of " + three_columns);
  check_refused(bench, {"--config", missing}, missing + reason + "a file to read");
  check_refused(bench, {"--dev", ""},
                "--train: found without --dev, expected both, or neither for the built-in corpus");
}

TEST_CASE("options that make no sense are refused") {
  const Workbench bench;
  check_refused(bench, {"--epochs", "0"},
                "--epochs: found '0', expected a whole number from 1 to 1000000000");
  check_refused(bench, {"--latent", "1e3"},
                "--latent: found '1e3', expected a whole number from 0 to 65536");
  check_refused(bench, {"--learning-rate", "nan"},
                "--learning-rate: found 'nan', expected a number from 1e-12 to 1000");
  check_refused(bench, {"--task", "4"}, "--task: found '4', expected a whole number from 1 to 3");
  check_refused(bench, {"--lattent", "3"},
                "reinflect train: found the unknown argument --lattent, expected --latent perhaps");
  check_refused(bench, {"--objective", "free_bits(groups=3,rate=60)"},
                "--objective, --latent: FreeBits: kl is [8 x 1]: 3 groups do not divide the 8 "
                "dimensions");
  const Outcome nowhere = bench.run(bench.tiny());
  CHECK(nowhere.status == 2);
  CHECK(nowhere.err == "--out: found nothing, expected a folder\n");
}

TEST_CASE("a command that is not known gets the name of one that is near") {
  const Workbench bench;
  const auto refuse = [&](const Arguments& arguments, const std::string& expected) {
    const Outcome done = bench.run(arguments);
    CHECK(done.status == 2);
    CHECK(done.out.empty());
    CHECK(done.err == expected + "\n");
  };
  const std::string unknown = "reinflect: found the unknown argument ";
  refuse({"predit"}, unknown + "predit, expected predict perhaps");
  refuse({"trian", "--epochs", "0"}, unknown + "trian, expected train perhaps");
  refuse({"eval"}, unknown + "eval, expected evaluate perhaps");
  refuse({"exp"}, unknown + "exp, expected what --help shows");  // explain or export
  refuse({"help"}, unknown + "help, expected --help perhaps");
  refuse({"--nbest", "3"}, unknown + "--nbest, expected it with predict only");
  refuse({"--nbest", "3", "explain"}, unknown + "--nbest, expected it with predict only");
  refuse({},
         "reinflect: found no command, expected train, evaluate, diagnose, report, predict, "
         "interpolate, sample, compare, explain, export or corpus; --help says what each does");
}

TEST_CASE("all mistakes of a command line are shown at once") {
  const Workbench bench;
  const auto refuse = [&](const Arguments& arguments, const std::vector<std::string>& expected) {
    const Outcome done = bench.run(arguments);
    CHECK(done.status == 2);
    CHECK(done.out.empty());
    CHECK(lines(done.err) == expected);
  };
  refuse(
      {"train",
       "--epochs",
       "0",
       "--lattent",
       "3",
       "--latent=1e3",
       "--batch",
       "-1",
       "--seed",
       "nan",
       "--copies",
       "",
       "--z-into",
       "h1",
       "--tensorboard=yes",
       "--epoch=4",
       "--encoder_hidden",
       "4",
       "--train",
       "x",
       "--beam",
       "2",
       "--objective",
       "fre_bits(rate=3)",
       "--prior",
       "mixture(0)"},
      {"reinflect train: found the unknown argument --lattent, expected --latent perhaps",
       "reinflect train: found the unknown argument --epoch=4, expected --epochs perhaps",
       "reinflect train: found the unknown argument --encoder_hidden, expected "
       "--encoder-hidden perhaps",
       "reinflect train: found the unknown argument --beam, expected it with evaluate or "
       "predict only",
       "--tensorboard: found 'yes', expected true or false",
       "--epochs: found '0', expected a whole number from 1 to 1000000000",
       "--batch: found '-1', expected a whole number from 1 to 65536",
       "--copies: found '', expected none, words, random:N, or words,random:N, with N from 1 to "
       "10000000",
       "--latent: found '1e3', expected a whole number from 0 to 65536",
       "--z-into: found 'h1', expected h0, inputs or output, or several of them with commas "
       "between",
       "--seed: found 'nan', expected a whole number from 0 to 9007199254740991",
       "--objective: unknown objective 'fre_bits': did you mean 'free_bits'?",
       "  fre_bits(rate=3)",
       "  ^",
       "known: elbo, free_bits, soft_free_bits, ha_bits, mdr, hinge, capacity, places, per_entry, "
       "anneal",
       "--prior: components is 0, it must lie between 1 and 65536",
       "  mixture(0)",
       "          ^",
       "--train: found without --dev, expected both, or neither for the built-in "
       "corpus",
       "--out: found nothing, expected a folder"});
  refuse({"evaluate", "--beam", "0", "--length-normalisation", "nan", "--json=maybe", "--scoring",
          "offical", "--threads", "2000", "--task=4", "--data"},
         {"--model: found nothing, expected a folder",
          "--threads: found '2000', expected a whole number from 0 to 1024",
          "--data: found nothing, expected a file",
          "--task: found '4', expected a whole number from 1 to 3",
          "--scoring: found 'offical', expected per-row or official",
          "--beam: found '0', expected a whole number from 1 to 1000",
          "--length-normalisation: found 'nan', expected a number from 0 to 10",
          "--json: found 'maybe', expected true or false"});
  refuse({"compare", "--seeds", "1.5", "--rate=1e7", "--methods", "elb,mdr,hing+mdr,mdr",
          "--epochs", "x"},
         {"--seeds: found '1.5', expected a whole number from 1 to 1000",
          "--rate: found '1e7', expected a number from 0 to 1000000",
          "--epochs: found 'x', expected a whole number from 1 to 1000000000",
          "--methods: found the unknown method 'elb', expected 'elbo' perhaps",
          "--methods: found the unknown method 'hing', expected 'hinge' perhaps",
          "--methods: found 'mdr' twice, expected each method once",
          "--out: found nothing, expected a folder"});
  refuse({"corpus", "--dev", "0", "--sead", "3"},
         {"reinflect corpus: found the unknown argument --sead, expected --seed perhaps",
          "--dev: found '0', expected a whole number from 1 to 1000000",
          "corpus: found none of --out, --forms and --score, expected one of them"});
  refuse({"interpolate", "--from", "", "--steps", "0"},
         {"--model: found nothing, expected a folder", "--from: found nothing, expected a word",
          "--to: found nothing, expected a word",
          "--steps: found '0', expected a whole number from 1 to 1000"});
  refuse({"predict", "--model=", "--input", ""},
         {"--model: found nothing, expected a folder", "--input: found nothing, expected a file"});
  refuse({"evaluate", "--model", "m", "--data", "d", "--format", "", "--columns", "lemma",
          "--tag-separator", "aa", "--task", "9"},
         {"--task: found '9', expected a whole number from 1 to 3",
          "--format: found '', expected sigmorphon2016 or unimorph",
          "--columns: found the column 'lemma', expected source, target, tags, source_tags, each "
          "once at most and the source always, and - for a column to skip, with commas between",
          "--tag-separator: found 'aa', expected one character such as ; or |, but no letter, "
          "digit, bracket, quotation mark or ="});
  refuse({"export", "--model", "m", "--cpp-header="},
         {"--cpp-header: found nothing, expected a file"});
  refuse({"report", "--run", "", "--out", "o.html"}, {"--run: found nothing, expected a folder"});
  refuse({"sample", "--model", "m", "--word=", "--count", "0"},
         {"--word: found nothing, expected a word",
          "--count: found '0', expected a whole number from 1 to 100000"});
  refuse({"explain", "elbo", "mdr", "--markdwon"},
         {"reinflect explain: found the unknown argument mdr, expected what --help shows",
          "reinflect explain: found the unknown argument --markdwon, expected --markdown perhaps"});
}

TEST_CASE("a value that was forgotten is not taken from the next option") {
  const Workbench bench;
  const auto refuse = [&](const Arguments& arguments, const std::string& expected) {
    const Outcome done = bench.run(arguments);
    CHECK(done.status == 2);
    CHECK(done.err == expected + "\n");
  };
  refuse({"train", "--out", "--epochs", "3"},
         "--out: found the option --epochs, expected a folder");
  refuse({"train", "--out=", "--epochs", "0"},
         "--epochs: found '0', expected a whole number from 1 to 1000000000\n"
         "--out: found nothing, expected a folder");
  refuse({"evaluate", "--model", "--data", "x"},
         "--model: found the option --data, expected a folder\n"
         "--data: found nothing, expected a file");
  refuse({"train", "--out", bench.file("out"), "--epochs"},
         "--epochs: found nothing, expected a whole number");
  refuse({"train", "--out", bench.file("out"), "--objective"},
         "--objective: found nothing, expected an expression");
  CHECK_FALSE(std::filesystem::exists(bench.file("out")));
}

TEST_CASE("the last value of an option wins, and help is given beside mistakes") {
  const Workbench bench;
  const Outcome twice = bench.run({"corpus", "--train", "0", "--train", "2", "--dev", "1", "--test",
                                   "010", "--unseen", "1", "--out", bench.file("few")});
  CHECK(twice.status == 0);
  CHECK(lines(bench.read("few/train.tsv")).size() == 2);
  CHECK(lines(bench.read("few/test.tsv")).size() == 10);
  const Outcome help = bench.run({"evaluate", "--help", "--beam", "0", "--foo"});
  CHECK(help.status == 0);
  CHECK(help.out.find("Usage: reinflect evaluate") != std::string::npos);
}

TEST_CASE("a mistake in an expression is shown with a caret and the known names") {
  const Workbench bench;
  check_refused(
      bench, {"--objective", "anneal(linear,free_bit(rate=60))"},
      "--objective: anneal cannot take 'free_bit': did you mean 'free_bits'?\n"
      "  anneal(linear,free_bit(rate=60))\n"
      "                ^\n"
      "parameters: schedule=linear|exponential|logistic|cyclical, steps=10000, objective=elbo, "
      "maximum=1, start=0, cycles=4, ramp=0.5");
  const Outcome dropout =
      bench.run(bench.tiny() + Arguments{"--out", bench.file("out"), "--dropout", "chars(0.3)+"});
  CHECK(dropout.status == 2);
  CHECK(dropout.err.starts_with("--dropout: expected a name, found the end\n  chars(0.3)+\n"));
  CHECK_FALSE(std::filesystem::exists(bench.file("out")));
}

TEST_CASE("bad configs are refused") {
  const Workbench bench;
  const auto refuse = [&](const std::string& text, const std::string& line,
                          const std::string& complaint) {
    const std::string file = bench.write("bad.json", text);
    check_refused(bench, {"--config", file}, file + line + ": " + complaint);
  };
  refuse("{\n \"epoch\": 3}", ":2", "found the unknown key \"epoch\", expected \"epochs\" perhaps");
  refuse("{\"epochs\": \"3\"}", ":1",
         "found \"epochs\": \"3\", expected a whole number from 1 to 1000000000");
  refuse("{\"epochs\": 3,\n\n", ":3", "found a fault at byte 16, expected JSON");
  refuse("[1]", "", "found a JSON array, expected a JSON object");
  refuse("{\"seed\": 1, \"seed\": 2}", ":1",
         "found the key \"seed\" twice, expected each key once");
}

TEST_CASE("all mistakes of a config are shown with their lines, and those beside it") {
  const Workbench bench;
  const std::string file =
      bench.write("bad.json",
                  "{\n \"epoch\": 3,\n \"embedding\": 0,\n \"dropout\": \"char(0.3)\",\n \"clip\": "
                  "true}");
  const Outcome done = bench.run({"train", "--config", file, "--batch", "0", "--out=x", "--sed=1"});
  CHECK(done.status == 2);
  CHECK(done.err ==
        "reinflect train: found the unknown argument --sed=1, expected --seed perhaps\n" + file +
            ":2: found the unknown key \"epoch\", expected \"epochs\" perhaps\n" + file +
            ":3: found \"embedding\": 0, expected a whole number from 1 to 65536\n" + file +
            ":5: found \"clip\": true, expected a number from 1e-12 to 1000000000000\n"
            "--batch: found '0', expected a whole number from 1 to 65536\n"
            "--dropout: unknown dropout 'char': did you mean 'chars'?\n  char(0.3)\n  ^\n"
            "known: none, chars, words, contiguous, embedding, batch_wide\n");
}

TEST_CASE("results go nowhere where no folder can be") {
  const Workbench bench;
  const Outcome file = bench.run(bench.tiny() + Arguments{"--out", bench.dev_file()});
  CHECK(file.status == 2);
  CHECK(file.err == bench.dev_file() + ": found a file, expected a folder for the results\n");
  const std::string below = bench.dev_file() + "/below";
  const Outcome inside = bench.run(bench.tiny() + Arguments{"--out", below});
  CHECK(inside.status == 2);
  CHECK(inside.err == below + ": cannot be made: Not a directory\n");
}

TEST_CASE("what is no model, or does not match, is refused") {
  const Workbench bench;
  const std::string model = bench.train("model", {"--epochs", "1"});
  const auto refuse = [&](const std::string& path, const std::string& expected) {
    for (const Arguments& command :
         {Arguments{"evaluate", "--data"}, Arguments{"predict", "--input"}}) {
      const Outcome done = bench.run(command + Arguments{bench.dev_file(), "--model", path});
      CAPTURE(expected);
      CHECK(done.status == 2);
      CHECK(done.out.empty());
      CHECK(done.err == expected + "\n");
    }
  };
  refuse(bench.file("corpus"),
         bench.file("corpus") +
             ": found no model.safetensors, expected a folder that a training run has filled");
  refuse(bench.file("missing"),
         bench.file("missing") +
             ": found no readable file (No such file or directory), expected a file to read");

  auto content = vaecollapse::read_safetensors(bench.file("model/model.safetensors"));
  const std::string other = bench.file("other.safetensors");
  const auto change = [&](const char* key, const std::string& from, const std::string& to) {
    auto changed = content;
    std::string& text = changed.metadata.at(key);
    REQUIRE(text.find(from) != std::string::npos);
    text.replace(text.find(from), from.size(), to);
    vaecollapse::write_safetensors(other, changed);
  };
  change("config", "\"latent\": 8", "\"latent\": 9");
  refuse(other, other +
                    ": found tensor \"posterior.mu.weight\" to be F32 [8, 32], expected F32 [9, "
                    "32]");
  // 100 GB, if the file were believed.
  change("config", "\"decoder_hidden\": 16", "\"decoder_hidden\": 65536");
  refuse(other, other +
                    ": found tensor \"decoder.initial.weight\" to be F32 [16, 16], expected F32 "
                    "[65536, 16]");
  change("config", "\"latent\": 8", "\"latent\": -8");
  const std::string& config = content.metadata.at("config");
  const auto line = lines(config.substr(0, config.find("\"latent\""))).size();
  refuse(other, other + " (config):" + std::to_string(line) +
                    ": found \"latent\": -8, expected a whole number from 0 to 65536");
  change("vocabulary", "tags", "toys");
  refuse(other, other +
                    ": found an ill-formed vocabulary in the metadata, expected {\"characters\": "
                    "text, \"tags\": texts, \"set_values\": \"atomic\" or \"expanded\"}");
  content.metadata.erase("vocabulary");
  vaecollapse::write_safetensors(other, content);
  refuse(other, other +
                    ": found no metadata \"vocabulary\", expected a model that reinflect has "
                    "trained");

  const std::string foreign = bench.write("foreign.tsv", "talo\tpos=X,case=INESS\ttalossa\n");
  const Outcome done = bench.run({"evaluate", "--model", model, "--data", foreign});
  CHECK(done.status == 2);
  CHECK(done.err == foreign +
                        ": found no tag that the model knows, expected rows like those that " +
                        model + " was trained on\n");
}

TEST_CASE("evaluate and predict refuse bad rows") {
  const Workbench bench;
  const std::string model = bench.train("model", {"--epochs", "1"});
  const std::string covered = bench.write("covered.tsv", "ev\tpos=N\n");
  const Outcome scored = bench.run({"evaluate", "--model", model, "--data", covered});
  CHECK(scored.status == 2);
  CHECK(scored.err == covered + ":1: found 2 columns, expected " + three_columns + "\n");
  const std::string single = bench.write("single.tsv", "ev\tpos=N\tev\n");
  const Outcome permuted =
      bench.run({"evaluate", "--model", model, "--data", single, "--permute-z"});
  CHECK(permuted.status == 2);
  CHECK(permuted.err == single + ": found a single row, expected two at least, for --permute-z\n");
  const Outcome empty = bench.run({"predict", "--model", model, "--input", "-"});
  CHECK(empty.status == 2);
  CHECK(empty.err ==
        "standard input: found no rows, expected rows with or without their answers\n");
}

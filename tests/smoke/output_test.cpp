// Standard output that cannot be written: every command says so, and its exit status is 2.
#include <csignal>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "smoke/program.hpp"

using namespace reinflection::test;

namespace {

/// Runs the program with its standard output sent elsewhere by the shell.
Outcome run_to(const Workbench& bench, const std::string& redirection, const Arguments& arguments) {
  return run_command(Arguments{"sh", "-c", "exec \"$@\" " + redirection, "sh",
                               from_environment("VAECOLLAPSE_BIN") + "/reinflect"} +
                         arguments,
                     bench.file(""));
}

struct Unwritable {
  const char* redirection;
  const char* reason;
};
const Unwritable full{">/dev/full", "No space left on device"};
const Unwritable closed{">&-", "Bad file descriptor"};

/// The last line says why there is no result, whatever the command did.
void check_unwritable(const Workbench& bench, const Unwritable& output,
                      const Arguments& arguments) {
  CAPTURE(arguments.front());
  CAPTURE(output.redirection);
  const Outcome done = run_to(bench, output.redirection, arguments);
  CHECK(done.status == 2);
  REQUIRE_FALSE(done.err.empty());
  CHECK(lines(done.err).back() ==
        std::string("standard output: cannot be written: ") + output.reason);
}

const std::vector<std::string> commands{"train",   "evaluate",    "diagnose", "report",
                                        "predict", "interpolate", "sample",   "compare",
                                        "explain", "export",      "corpus"};

}  // namespace

TEST_CASE("help that cannot be written") {
  const Workbench bench;
  for (const Unwritable& output : {full, closed}) {
    check_unwritable(bench, output, {"--help"});
    check_unwritable(bench, output, {"--version"});
    for (const std::string& command : commands) {
      check_unwritable(bench, output, {command, "--help"});
    }
  }
}

TEST_CASE("results that cannot be written") {
  const Workbench bench;
  const std::string model = bench.train("model", {"--epochs", "1"});
  const std::string form_tags = "pos=N,case=DAT,num=PL", dev = bench.dev_file();
  const std::string forms = bench.file("forms.tsv");
  REQUIRE(bench.run({"corpus", "--forms", forms}).status == 0);
  for (const Unwritable& output : {full, closed}) {
    const auto check = [&](const Arguments& arguments) {
      check_unwritable(bench, output, arguments);
    };
    for (const Arguments& form : {Arguments{}, Arguments{"--json"}}) {
      check(Arguments{"evaluate", "--model", model, "--data", dev} + form);
      check(Arguments{"sample", "--model", model, "--count", "2", "--tags", form_tags} + form);
      check(Arguments{"interpolate", "--model", model, "--from", "ev", "--to", "kitap", "--tags",
                      form_tags} +
            form);
      check(Arguments{"diagnose", "--model", model, "--data", dev, "--samples", "2", "--probe-rows",
                      "4"} +
            form);
    }
    check({"predict", "--model", model, "--input", dev});
    check({"explain"});
    check({"explain", "free_bits", "--markdown"});
    check({"export", "--model", model, "--cpp-header", bench.file("model.hpp")});
    check({"report", "--run", model, "--data", dev, "--samples", "2", "--probe-rows", "4", "--out",
           bench.file("report.html")});
    check({"corpus", "--out", bench.file("again"), "--overwrite", "--train", "5", "--dev", "5",
           "--test", "5", "--unseen", "5"});
    check({"corpus", "--score", forms});
  }
}

TEST_CASE("training and comparing keep their results where nothing can be printed") {
  const Workbench bench;
  for (const Unwritable& output : {full, closed}) {
    const std::string folder = bench.file(output.redirection == full.redirection ? "a" : "b");
    check_unwritable(bench, output, bench.tiny() + Arguments{"--epochs", "1", "--out", folder});
    CHECK(bench.run({"evaluate", "--model", folder, "--data", bench.dev_file()}).status == 0);
    check_unwritable(bench, output,
                     {"compare",
                      "--train",
                      bench.train_file(),
                      "--dev",
                      bench.dev_file(),
                      "--methods",
                      "elbo",
                      "--seeds",
                      "1",
                      "--jobs",
                      "1",
                      "--epochs",
                      "1",
                      "--embedding",
                      "4",
                      "--encoder-hidden",
                      "4",
                      "--decoder-hidden",
                      "4",
                      "--latent",
                      "2",
                      "--out",
                      folder + "/compared"});
    CHECK(vaecollapse::read_text_file(folder + "/compared/compare.csv").find("elbo") !=
          std::string::npos);
  }
}

TEST_CASE("a closed stream is not another file's descriptor") {
  const Workbench bench;
  const Outcome written = run_to(bench, ">&- <&-",
                                 {"corpus", "--out", bench.file("again"), "--train", "5", "--dev",
                                  "5", "--test", "5", "--unseen", "5"});
  CHECK(written.status == 2);
  CHECK(bench.read("again/train.tsv").find("rows") == std::string::npos);
  CHECK(lines(bench.read("again/train.tsv")).size() == 5);
  const Outcome read =
      run_to(bench, "<&-", {"predict", "--model", bench.train("model"), "--input", "-"});
  CHECK(read.status == 2);
  CHECK(read.out.empty());
  const std::string complaint = "standard input: ";
  CHECK(lines(read.err).back().starts_with(complaint));
  // Without a stream for errors the status says it alone.
  CHECK(run_to(bench, "2>&-", {"predit"}).status == 2);
  const Outcome unheard = run_to(bench, "2>&-", {"explain"});
  CHECK(unheard.status == 0);
  CHECK(unheard.out == bench.run({"explain"}).out);
}

TEST_CASE("a reader that has gone ends the program as it ends others") {
  const Workbench bench;
  // The shell's children take the signal as the shell does: by default, or not at all.
  const auto explain_to_nobody = [&](const std::string& trap) {
    return run_command(
        Arguments{
            "sh", "-c",
            "cd \"$0\" && " + trap + " { sleep 0.3; \"$@\"; echo $? >status; } | true; cat status",
            bench.file(""), from_environment("VAECOLLAPSE_BIN") + "/reinflect", "explain"},
        bench.file(""));
  };
  const Outcome ended = explain_to_nobody("");
  CHECK(ended.out == std::to_string(128 + SIGPIPE) + "\n");
  CHECK(ended.err.empty());
  const Outcome ignored = explain_to_nobody("trap '' PIPE;");
  CHECK(ignored.out == "2\n");
  CHECK(ignored.err == "standard output: cannot be written: Broken pipe\n");
}

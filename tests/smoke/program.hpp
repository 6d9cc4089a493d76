// Runs the real program, as its user does, on a tiny corpus with a tiny model.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/io/file.hpp>

#include "smoke/spawn.hpp"
#include "unit/io/temporary_folder.hpp"

namespace reinflection::test {

/// metrics.csv without the columns that are times.
inline std::string without_times(const std::string& metrics) {
  std::string text;
  for (const std::string& line : lines(metrics)) {
    std::vector<std::string> columns = split(line, ',');
    columns.erase(columns.begin() + 2, columns.begin() + 4);
    for (const std::string& column : columns) text += column + ",";
    text += "\n";
  }
  return text;
}

/// A folder of its own, and a program.
class Bench {
 public:
  explicit Bench(std::string program) : program_(std::move(program)) {}
  virtual ~Bench() = default;
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  /// The options of a tiny model, trained in a moment, but for its folder.
  virtual Arguments tiny() const = 0;

  /// The path of `name` in the folder.
  std::string file(const std::string& name) const { return (folder_.path() / name).string(); }

  std::string read(const std::string& name) const {
    return vaecollapse::read_text_file(file(name));
  }
  /// \return the file's path
  std::string write(const std::string& name, std::string_view text) const {
    vaecollapse::write_file(file(name), text);
    return file(name);
  }

  /// Names and bytes of all files under `name`.
  std::map<std::string, std::string> contents(const std::string& name) const {
    std::map<std::string, std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(file(name))) {
      const std::string path = entry.path().string();
      found[path] = entry.is_directory() ? "" : vaecollapse::read_text_file(path);
    }
    return found;
  }

  const std::string& program() const { return program_; }

  /// Runs the program with these arguments and this standard input.
  Outcome run(const Arguments& arguments, std::string_view input = {}) const {
    return run_program(program_, arguments, folder_.path(), input);
  }

  /// Starts it, with its streams in the files `stdout` and `stderr` here.
  ::pid_t start(const Arguments& arguments) const {
    return test::start(Arguments{from_environment("VAECOLLAPSE_BIN") + "/" + program_} + arguments,
                       "/dev/null", file("stdout"), file("stderr"));
  }

  /// Trains into the folder `name` and returns its path.
  std::string train(const std::string& name, const Arguments& more = {}) const {
    const Outcome done = run(tiny() + Arguments{"--out", file(name)} + more);
    REQUIRE_MESSAGE(done.status == 0, done.err);
    return file(name);
  }

 private:
  vaecollapse::test::TemporaryFolder folder_;
  std::string program_;
};

/// `reinflect`, with a corpus.
class Workbench : public Bench {
 public:
  Workbench() : Bench("reinflect") {
    const Outcome made = run({"corpus", "--out", file("corpus"), "--train", "150", "--dev", "40",
                              "--test", "30", "--unseen", "10"});
    REQUIRE_MESSAGE(made.status == 0, made.err);
  }

  std::string train_file() const { return file("corpus/train.tsv"); }
  std::string dev_file() const { return file("corpus/dev.tsv"); }
  std::string test_file() const { return file("corpus/test.tsv"); }

  /// With one z.
  Arguments tiny() const override {
    return {"train",      "--train",
            train_file(), "--dev",
            dev_file(),   "--embedding",
            "8",          "--latent",
            "8",          "--latent-per-place",
            "0",          "--batch",
            "16",         "--warmup",
            "4",          "--epochs",
            "2",          "--threads",
            "1",          "--encoder-hidden",
            "16",         "--seed",
            "5",          "--decoder-hidden",
            "16",         "--dropout",
            "chars(0.1)", "--copies",
            "0"};
  }
};

}  // namespace reinflection::test

// Runs the real program, as its user does, on a tiny corpus with a tiny model.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <spawn.h>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/io/file.hpp>

#include "unit/io/temporary_folder.hpp"

extern char** environ;  // POSIX has it in no header

namespace reinflection::test {

struct Outcome {
  int status = -1;
  std::string out, err;
};

struct Arguments : std::vector<std::string> {
  using std::vector<std::string>::vector;
};

inline Arguments operator+(Arguments first, const Arguments& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// A folder of its own with a corpus in it, and the program.
class Workbench {
 public:
  Workbench() {
    const Outcome made = run({"corpus", "--out", file("corpus"), "--train", "150", "--dev", "40",
                              "--test", "30", "--unseen", "10"});
    REQUIRE_MESSAGE(made.status == 0, made.err);
  }

  /// The path of `name` in the folder.
  std::string file(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string train_file() const { return file("corpus/train.tsv"); }
  std::string dev_file() const { return file("corpus/dev.tsv"); }
  std::string test_file() const { return file("corpus/test.tsv"); }

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

  /// Runs `reinflect` with these arguments and this standard input.
  Outcome run(const Arguments& arguments, std::string_view input = {}) const {
    const std::string in = write("stdin", input), out = file("stdout"), err = file("stderr");
    const int status = spawn(arguments, in, out, err);
    return {status, read("stdout"), read("stderr")};
  }

  /// The options of a tiny model, trained in a moment.
  Arguments tiny() const {
    return {"train",       "--train", train_file(), "--dev",     dev_file(),
            "--embedding", "8",       "--latent",   "8",         "--encoder-hidden",
            "16",          "--batch", "16",         "--warmup",  "4",
            "--epochs",    "2",       "--threads",  "1",         "--decoder-hidden",
            "16",          "--seed",  "5",          "--dropout", "chars(0.1)",
            "--copies",    "0"};
  }

  /// Trains into the folder `name` and returns its path.
  std::string train(const std::string& name, const Arguments& more = {}) const {
    const Outcome done = run(tiny() + Arguments{"--out", file(name)} + more);
    REQUIRE_MESSAGE(done.status == 0, done.err);
    return file(name);
  }

 private:
  static std::string program() {
    const char* folder = std::getenv("VAECOLLAPSE_BIN");
    REQUIRE_MESSAGE(folder != nullptr, "VAECOLLAPSE_BIN must name the folder of the programs");
    return std::string(folder) + "/reinflect";
  }

  static int spawn(const Arguments& arguments, const std::string& in, const std::string& out,
                   const std::string& err) {
    std::string name = program();
    Arguments copies = Arguments{name} + arguments;
    std::vector<char*> pointers;
    for (std::string& one : copies) pointers.push_back(one.data());
    pointers.push_back(nullptr);
    ::posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    constexpr int fresh = O_WRONLY | O_CREAT | O_TRUNC;
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, in.c_str(), O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out.c_str(), fresh, 0600);
    ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, err.c_str(), fresh, 0600);
    ::pid_t child = 0;
    const int failure =
        ::posix_spawn(&child, name.c_str(), &files, nullptr, pointers.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    REQUIRE_MESSAGE(failure == 0, name);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  vaecollapse::test::TemporaryFolder folder_;
};

/// The parts of `text` between separators; a separator at the end ends the last part.
inline std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

inline std::vector<std::string> lines(std::string_view text) { return split(text, '\n'); }

}  // namespace reinflection::test

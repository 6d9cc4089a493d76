// Runs one of the built programs as its user does, and keeps what it says.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <spawn.h>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/io/file.hpp>

extern char** environ;  // POSIX has it in no header

namespace reinflection::test {

struct Outcome {
  int status = -1;
  std::string out, err;
  long peak = 0;  ///< the most memory that was resident, \unit kilobytes
};

struct Arguments : std::vector<std::string> {
  using std::vector<std::string>::vector;
};

inline Arguments operator+(Arguments first, const Arguments& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// Starts a command with its standard streams in files. A name without a slash is looked for in
/// PATH.
inline ::pid_t start(const Arguments& command, const std::string& in, const std::string& out,
                     const std::string& err) {
  Arguments copies = command;
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
      ::posix_spawnp(&child, pointers[0], &files, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  REQUIRE_MESSAGE(failure == 0, command.front());
  return child;
}

/// Waits for the end of what was started.
/// \return its exit status, or 128 and the signal that ended it; in `usage`, what it used
inline int wait_for(::pid_t child, ::rusage* usage = nullptr) {
  int status = 0;
  REQUIRE(::wait4(child, &status, 0, usage) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Both in one.
inline int spawn(const Arguments& command, const std::string& in, const std::string& out,
                 const std::string& err, ::rusage* usage = nullptr) {
  return wait_for(start(command, in, out, err), usage);
}

/// The same with the streams in files of `folder`.
inline Outcome run_command(const Arguments& command, const std::filesystem::path& folder,
                           std::string_view input = {}) {
  const auto file = [&](const char* name) { return (folder / name).string(); };
  vaecollapse::write_file(file("stdin"), input);
  ::rusage usage{};
  const int status = spawn(command, file("stdin"), file("stdout"), file("stderr"), &usage);
  return {status, vaecollapse::read_text_file(file("stdout")),
          vaecollapse::read_text_file(file("stderr")), usage.ru_maxrss};
}

/// What the build says in the environment: a folder, or the compiler.
inline std::string from_environment(const char* variable) {
  const char* value = std::getenv(variable);
  REQUIRE_MESSAGE(value != nullptr, (std::string(variable) + " must be set"));
  return value;
}

/// Runs one of the programs that were built.
inline Outcome run_program(const std::string& name, const Arguments& arguments,
                           const std::filesystem::path& folder, std::string_view input = {}) {
  return run_command(Arguments{from_environment("VAECOLLAPSE_BIN") + "/" + name} + arguments,
                     folder, input);
}

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

/// The last column of a line, which may be empty.
inline std::string guess_of(const std::string& line) { return line.substr(line.rfind('\t') + 1); }

inline std::vector<std::string> lines(std::string_view text) { return split(text, '\n'); }

}  // namespace reinflection::test

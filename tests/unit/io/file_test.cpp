#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/io/file.hpp>

#include "temporary_folder.hpp"

namespace fs = std::filesystem;
namespace vc = vaecollapse;
using vc::test::TemporaryFolder;

namespace {

/// Writes beyond this many bytes of a file fail while it lives, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit old_{};
  void (*handler_)(int);
};

std::string write_error(const fs::path& path, std::string_view text) {
  try {
    vc::write_file(path, text);
  } catch (const vc::Error& error) {
    return error.what();
  }
  return "no error";
}

std::string read_error(const fs::path& path) {
  try {
    (void)vc::read_file(path);
  } catch (const vc::InputError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a file holds what was written, whatever its length") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "x";
  for (const std::size_t length : {0u, 1u, 4096u, 100'000u}) {
    const std::string text(length, '\n');
    vc::write_file(path, text);
    CHECK(vc::read_text_file(path) == text);
    CHECK(folder.names() == std::vector<std::string>{"x"});
  }
}

TEST_CASE("every byte value survives") {
  const TemporaryFolder folder;
  std::vector<std::byte> bytes;
  for (int value = 0; value < 256; ++value) bytes.push_back(static_cast<std::byte>(value));
  vc::write_file(folder.path() / "x", bytes);
  CHECK(vc::read_file(folder.path() / "x") == bytes);
}

TEST_CASE("a file is as readable as the umask allows") {
  const TemporaryFolder folder;
  vc::write_file(folder.path() / "x", "text");
  const mode_t mask = ::umask(0);
  ::umask(mask);
  struct ::stat status {};
  REQUIRE(::stat((folder.path() / "x").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777u) == (0666u & ~mask));
}

TEST_CASE("a relative path without a folder is written in the current one") {
  const TemporaryFolder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  vc::write_file("x", "text");
  const std::string text = vc::read_text_file("x");
  fs::current_path(before);
  CHECK(text == "text");
}

TEST_CASE("a missing folder is named with the reason, and not made") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "missing" / "x";
  CHECK(write_error(path, "text") ==
        path.string() + ": cannot be written: No such file or directory");
  CHECK(folder.names().empty());
}

TEST_CASE("a read-only folder keeps its old file and nothing else") {
  if (::geteuid() == 0) return;  // root may write anywhere
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "x";
  vc::write_file(path, "old");
  ::chmod(folder.path().c_str(), 0555);
  const std::string error = write_error(path, "new");
  ::chmod(folder.path().c_str(), 0755);
  CHECK(error == path.string() + ": cannot be written: Permission denied");
  CHECK(vc::read_text_file(path) == "old");
  CHECK(folder.names() == std::vector<std::string>{"x"});
}

TEST_CASE("a folder in the file's place stays, and the temporary goes") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "x";
  fs::create_directory(path);
  CHECK(write_error(path, "text") == path.string() + ": cannot be written: Is a directory");
  CHECK(folder.names() == std::vector<std::string>{"x"});
}

TEST_CASE("a pipe is not replaced by a file, nor a link to a device") {
  const TemporaryFolder folder;
  const fs::path pipe = folder.path() / "pipe", link = folder.path() / "link";
  const fs::path opened = folder.path() / "opened";  // as /dev/stdout is
  const vc::detail::Descriptor file(
      ::open((folder.path() / "file").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  REQUIRE(file.is_open());
  fs::create_symlink("/proc/self/fd/" + std::to_string(file.number()), opened);
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  fs::create_symlink("/dev/null", link);
  const std::string why =
      ": cannot be written: it is a device or a pipe, which a file would replace";
  CHECK(write_error(pipe, "text") == pipe.string() + why);
  CHECK(write_error(link, "text") == link.string() + why);
  CHECK(write_error(opened, "text") == opened.string() + why);
  CHECK(fs::is_fifo(pipe));
  CHECK(fs::is_symlink(link));
  CHECK(fs::is_symlink(opened));
  CHECK(folder.names() == std::vector<std::string>{"file", "link", "opened", "pipe"});
}

TEST_CASE("a full disk leaves the old file and nothing else") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "x";
  vc::write_file(path, "old");
  std::string error;
  {
    const FileSizeLimit limit(10'000);
    error = write_error(path, std::string(100'000, 'n'));
  }
  CHECK(error == path.string() + ": cannot be written: File too large");
  CHECK(vc::read_text_file(path) == "old");
  CHECK(folder.names() == std::vector<std::string>{"x"});
}

TEST_CASE("a device without room says so") {
  const vc::detail::Descriptor full(::open("/dev/full", O_WRONLY));
  if (!full.is_open()) return;
  const std::string text = "text";
  const int failure = vc::detail::write_all(full.number(), std::as_bytes(std::span(text)));
  CHECK(vc::detail::reason(failure) == "No space left on device");
}

TEST_CASE("two writers of one file leave one of the two texts") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "x";
  const std::string a(50'000, 'a'), b(50'000, 'b');
  std::thread other([&] { vc::write_file(path, a); });
  vc::write_file(path, b);
  other.join();
  const std::string text = vc::read_text_file(path);
  CHECK((text == a || text == b));
  CHECK(folder.names() == std::vector<std::string>{"x"});
}

TEST_CASE("what was left by a process that died is not overwritten") {
  const TemporaryFolder folder;
  const std::string left = "x.tmp-" + std::to_string(::getpid()) + "-0";
  std::ofstream(folder.path() / left) << "half";
  vc::write_file(folder.path() / "x", "text");
  CHECK(vc::read_text_file(folder.path() / "x") == "text");
  CHECK(vc::read_text_file(folder.path() / left) == "half");
  CHECK(folder.names() == std::vector<std::string>{"x", left});
}

TEST_CASE("a file that cannot be read is named with the reason") {
  const TemporaryFolder folder;
  const fs::path missing = folder.path() / "missing";
  CHECK(read_error(missing) ==
        missing.string() +
            ": found no readable file (No such file or directory), expected a file to read");
  CHECK(read_error(folder.path()) ==
        folder.path().string() +
            ": found no readable file (Is a directory), expected a file to read");
}

TEST_CASE("folders are made with those above them, and one that is there is left alone") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "a" / "b";
  vc::make_folder(path);
  CHECK(fs::is_directory(path));
  vc::write_file(path / "x", "text");
  vc::make_folder(path);
  CHECK(vc::read_text_file(path / "x") == "text");
  const auto error = [](const fs::path& where) -> std::string {
    try {
      vc::make_folder(where);
    } catch (const vc::Error& failure) {
      return failure.what();
    }
    return "no error";
  };
  CHECK(error(path / "x") == (path / "x").string() + ": cannot be made: Not a directory");
  CHECK(error(path / "x" / "y") ==
        (path / "x" / "y").string() + ": cannot be made: Not a directory");
}

TEST_CASE("what killed writers left is removed, and nothing else") {
  const TemporaryFolder folder;
  const std::vector<std::string> kept{"x",         "x.tmp",      "x.tmp-1",      "x.tmp-1-2-3",
                                      "x.tmp-a-0", "y.tmp-12-0", "x.tmp-1-0.old"};
  for (const std::string& name : kept) std::ofstream(folder.path() / name) << "text";
  for (const char* name : {"x.tmp-12-0", "x.tmp-9-31"}) {
    std::ofstream(folder.path() / name) << "half";
  }
  vc::remove_temporaries(folder.path(), [](const fs::path& target) { return target == "x"; });
  auto expected = kept;
  std::sort(expected.begin(), expected.end());
  CHECK(folder.names() == expected);
}

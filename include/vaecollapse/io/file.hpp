// Whole files: read at once, and written so that a reader, a full disk or a loss of power never
// meets half of one. POSIX.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// The text of an errno value.
inline std::string reason(int code) { return std::generic_category().message(code); }

/// An open file descriptor; closed when it goes.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (is_open()) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }
  /// Closes now, for some file systems report a failed write only here. \return 0 or an errno value
  int close() { return ::close(std::exchange(number_, -1)) == 0 ? 0 : errno; }

 private:
  int number_;
};

/// \return 0 or an errno value
inline int write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return errno;
    if (written > 0) bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return 0;
}

/// \return 0 or an errno value
inline int synchronise(int descriptor) {
  while (::fsync(descriptor) != 0) {
    if (errno == EINVAL) return 0;  // a file system that has nothing to do here, for folders
    if (errno != EINTR) return errno;
  }
  return 0;
}

/// Makes a rename inside `folder` survive a loss of power. \return 0 or an errno value
inline int synchronise_folder(const std::filesystem::path& folder) {
  const char* name = folder.empty() ? "." : folder.c_str();
  const Descriptor opened(::open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened.is_open() ? synchronise(opened.number()) : errno;
}

/// Creates a file beside `path` whose name, stored in `temporary`, no other writer holds.
/// \return a descriptor, or -1 with the reason in errno
inline int create_beside(const std::filesystem::path& path, std::filesystem::path& temporary) {
  const std::string stem = path.string() + ".tmp-" + std::to_string(::getpid()) + "-";
  for (int attempt = 0;; ++attempt) {
    temporary = stem + std::to_string(attempt);
    const int number = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (number >= 0 || errno != EEXIST) return number;
  }
}

/// Writes, synchronises, closes and renames. \return 0 or an errno value
inline int write_and_rename(int number, std::span<const std::byte> bytes,
                            const std::filesystem::path& temporary,
                            const std::filesystem::path& path) {
  Descriptor file(number);
  if (const int failure = write_all(number, bytes)) return failure;
  if (const int failure = synchronise(number)) return failure;
  if (const int failure = file.close()) return failure;
  return ::rename(temporary.c_str(), path.c_str()) == 0 ? 0 : errno;
}

/// Whether a path leads to a device, a pipe or a socket, which a rename would take from others; or
/// to an open file, as /dev/stdout does.
inline bool is_special(const std::filesystem::path& path) {
  std::error_code none;
  if (std::filesystem::read_symlink(path, none).native().starts_with("/proc/")) return true;
  struct stat there {};
  return ::stat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode) && !S_ISDIR(there.st_mode);
}

}  // namespace detail

/// Puts `bytes` into the file `path`, all or nothing: a temporary in the same folder is written,
/// synchronised and renamed, and the folder is synchronised. A symbolic link is replaced, not
/// followed; what is a device, a pipe or a socket is left as it is.
/// \throws Error naming the path and the reason; the old file is then as it was, and nothing else
/// is left behind (only where the last step fails is the new file in place, and the text tells so)
inline void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  if (detail::is_special(path)) {
    raise(Error(path.string() +
                ": cannot be written: it is a device or a pipe, which a file would replace"));
  }
  std::filesystem::path temporary;
  const int number = detail::create_beside(path, temporary);
  if (number < 0) {
    raise(Error(path.string() + ": cannot be written: " + detail::reason(errno)));
  }
  if (const int failure = detail::write_and_rename(number, bytes, temporary, path)) {
    ::unlink(temporary.c_str());
    raise(Error(path.string() + ": cannot be written: " + detail::reason(failure)));
  }
  if (const int failure = detail::synchronise_folder(path.parent_path())) {
    raise(Error(path.string() +
                ": written, but may not survive a loss of power: " + detail::reason(failure)));
  }
}

/// The same for text.
inline void write_file(const std::filesystem::path& path, std::string_view text) {
  write_file(path, std::as_bytes(std::span(text)));
}

/// Makes a folder and those above it that are missing, all of which then survive a loss of power.
/// \throws Error naming the path and the reason
inline void make_folder(const std::filesystem::path& path) {
  std::error_code failure;
  if (std::filesystem::is_directory(path, failure)) return;
  const std::filesystem::path above = path.parent_path();
  if (!above.empty() && !std::filesystem::exists(above, failure)) make_folder(above);
  if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) {
    raise(Error(path.string() + ": cannot be made: " + detail::reason(errno)));
  }
  if (!std::filesystem::is_directory(path, failure)) {
    raise(Error(path.string() + ": cannot be made: " + detail::reason(ENOTDIR)));
  }
  if (const int error = detail::synchronise_folder(above)) {
    raise(Error(path.string() +
                ": made, but may not survive a loss of power: " + detail::reason(error)));
  }
}

/// Removes a file, which need not be there. \throws Error naming the path and the reason
inline void remove_file(const std::filesystem::path& path) {
  std::error_code failure;
  std::filesystem::remove(path, failure);
  if (failure) raise(Error(path.string() + ": cannot be removed: " + failure.message()));
}

namespace detail {

/// The file whose temporary has this name; empty for what is no temporary of `create_beside`.
inline std::string target_of_temporary(const std::string& name) {
  constexpr std::string_view infix = ".tmp-";
  const std::size_t at = name.rfind(infix);
  if (at == std::string::npos) return {};
  const std::string_view numbers = std::string_view(name).substr(at + infix.size());
  const bool fits = numbers.find_first_not_of("0123456789-") == std::string_view::npos &&
                    numbers.find('-') == numbers.rfind('-') && numbers.find('-') != numbers.npos;
  return fits ? name.substr(0, at) : std::string();
}

}  // namespace detail

/// Removes what writers that were killed left in `folder`: temporaries of the files for whose name
/// `is_ours` holds. Nobody may be writing one of them now.
/// \throws Error for a folder that cannot be read and for what cannot be removed
template <class IsOurs>
void remove_temporaries(const std::filesystem::path& folder, IsOurs&& is_ours) {
  std::error_code failure;
  std::vector<std::filesystem::path> found;
  std::filesystem::directory_iterator entry(folder, failure);
  for (const std::filesystem::directory_iterator end; !failure && entry != end;
       entry.increment(failure)) {
    const std::string target = detail::target_of_temporary(entry->path().filename().string());
    if (!target.empty() && is_ours(std::filesystem::path(target))) found.push_back(entry->path());
  }
  if (failure) raise(Error(folder.string() + ": cannot be read: " + failure.message()));
  for (const std::filesystem::path& file : found) remove_file(file);
}

/// The bytes of a whole file. \throws InputError with the reason when it cannot be read
inline std::vector<std::byte> read_file(const std::filesystem::path& path) {
  const auto fail = [&path](int code) {
    raise(InputError(path.string(), 0, "no readable file (" + detail::reason(code) + ")",
                     "a file to read"));
  };
  const detail::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) fail(errno);
  struct ::stat status {};
  if (::fstat(file.number(), &status) != 0) fail(errno);
  // The size is only a first guess, for a pipe has none; the end is where nothing more is read.
  std::vector<std::byte> bytes(static_cast<std::size_t>(status.st_size) + 1);
  std::size_t filled = 0;
  while (true) {
    if (filled == bytes.size()) bytes.resize(2 * filled);
    const auto got = ::read(file.number(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno != EINTR) fail(errno);
    if (got == 0) break;
    if (got > 0) filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

/// A whole file as text; its encoding is not looked at.
/// \throws InputError with the reason when it cannot be read
inline std::string read_text_file(const std::filesystem::path& path) {
  const std::vector<std::byte> bytes = read_file(path);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

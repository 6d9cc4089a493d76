// Reading the files of SIGMORPHON 2016: one row a line, columns separated by tabs, UTF-8.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/data/msd.hpp>
#include <vaecollapse/data/vocabulary.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Which columns a file has. Counting them cannot tell: three may be task 1, task 3, or task 2
/// without its answers; so the caller names the task.
enum class Task {
  inflection = 1,             ///< task 1: lemma, MSD, form
  labelled_reinflection = 2,  ///< task 2: source MSD, source, MSD, form
  reinflection = 3,           ///< task 3: source, MSD, form
};

/// Whether the last column, the form, may be missing, as it is in the `-covered` files.
enum class Answers { required, optional };

/// No row of real data comes near this; a file that goes beyond it is no such file, and would only
/// end in a want of memory. \unit bytes
inline constexpr std::size_t longest_line = std::size_t{1} << 20U;
/// The same for a word. \unit characters
inline constexpr std::size_t longest_word = 1024;

/// One row of a file.
struct Example {
  std::u32string source;   ///< the lemma (task 1) or the given form
  std::string source_msd;  ///< task 2 only: as written; checked, and no more used
  std::string msd;         ///< what to inflect for, as written
  std::vector<Tag> tags;   ///< the same, read
  std::u32string target;   ///< the form; empty if not given
  bool has_target = false;
  long line = 0;  ///< where the row stands in its file, from 1
};

inline Vocabulary Vocabulary::of(std::span<const Example> examples) {
  std::u32string seen;
  for (const Example& example : examples) seen.append(example.source).append(example.target);
  return Vocabulary(seen);
}

/// What makes two rows one question, for scoring as the shared task did: all that is given.
inline std::string question(const Example& example) {
  std::string key = utf8::encode(example.source) + "\t" + example.msd;
  return example.source_msd.empty() ? key : example.source_msd + "\t" + key;
}

namespace detail {

/// The names of a task's columns, for messages.
inline std::vector<std::string_view> columns_of(Task task) {
  switch (task) {
    case Task::inflection:
      return {"lemma", "MSD", "form"};
    case Task::labelled_reinflection:
      return {"source MSD", "source", "MSD", "form"};
    case Task::reinflection:
      break;
  }
  return {"source", "MSD", "form"};
}

inline std::string describe_columns(Task task, Answers answers) {
  const auto names = columns_of(task);
  std::string text = std::to_string(names.size());
  if (answers == Answers::optional) text = std::to_string(names.size() - 1) + " or " + text;
  text += " (";
  for (std::size_t i = 0; i < names.size(); ++i) {
    text.append(i > 0 ? ", " : "").append(names[i]);
  }
  return text + ") separated by tabs";
}

/// Reads the columns of one row, and knows where it is when it has to complain.
class RowParser {
 public:
  RowParser(std::string_view file, long line, Task task) : file_(file), line_(line), task_(task) {}

  Example parse(std::string_view text, Answers answers) const {
    check_bytes(text);
    const auto fields = split(text, '\t');
    const std::size_t columns = columns_of(task_).size();
    const bool covered = answers == Answers::optional && fields.size() + 1 == columns;
    if (fields.size() != columns && !covered) {
      const char* noun = fields.size() == 1 ? " column" : " columns";
      fail(std::to_string(fields.size()) + noun, describe_columns(task_, answers));
    }
    check_fields(fields);
    return example(fields, covered);
  }

 private:
  [[noreturn]] void fail(std::string_view found, std::string_view expected) const {
    raise(InputError(file_, line_, found, expected));
  }

  void check_bytes(std::string_view text) const {
    const auto place = [](std::size_t byte) { return " at byte " + std::to_string(byte + 1); };
    const std::size_t nul = text.find('\0');
    if (nul != std::string_view::npos) fail("a NUL" + place(nul), "text");
    if (const auto fault = utf8::validate(text)) {
      fail(std::string(fault->description) + place(fault->byte), "UTF-8");
    }
  }

  void check_fields(const std::vector<std::string_view>& fields) const {
    const auto names = columns_of(task_);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (!fields[i].empty()) continue;
      fail("nothing in column " + std::to_string(i + 1) + " (" + std::string(names[i]) + ")",
           "text");
    }
  }

  std::vector<Tag> tags(std::string_view msd) const {
    std::vector<Tag> read;
    if (const auto fault = parse_msd(msd, read)) fail(fault->found, fault->expected);
    return read;
  }

  std::u32string word(std::string_view field, std::string_view name) const {
    std::u32string read = utf8::decode(field);
    if (read.size() > longest_word) {
      fail("a " + std::string(name) + " of " + std::to_string(read.size()) + " characters",
           "at most " + std::to_string(longest_word));
    }
    return read;
  }

  Example example(const std::vector<std::string_view>& fields, bool covered) const {
    const auto names = columns_of(task_);
    Example row;
    std::size_t next = 0;
    if (task_ == Task::labelled_reinflection) {
      tags(fields[next]);
      row.source_msd = fields[next++];
    }
    row.source = word(fields[next], names[next]);
    ++next;
    row.tags = tags(fields[next]);
    row.msd = fields[next++];
    row.has_target = !covered;
    if (!covered) row.target = word(fields[next], names[next]);
    row.line = line_;
    return row;
  }

  std::string_view file_;
  long line_;
  Task task_;
};

}  // namespace detail

/// Reads one row from a line without its newline; carriage returns at the end are dropped, and so
/// is a byte order mark on line 1. `file` and `line` (from 1) are for messages only.
/// \throws InputError for bytes that are not UTF-8 or NUL, a wrong number of columns, an empty
/// column, a word of more than `longest_word` characters, an ill-formed MSD
inline Example parse_row(std::string_view file, long line, std::string_view text, Task task,
                         Answers answers = Answers::required) {
  if (line == 1 && text.starts_with(utf8::byte_order_mark)) {
    text.remove_prefix(utf8::byte_order_mark.size());
  }
  while (text.ends_with('\r')) text.remove_suffix(1);
  return detail::RowParser(file, line, task).parse(text, answers);
}

/// Reads rows from an open stream, standard input for instance, one at a time and as soon as their
/// lines are complete. Lines without any character hold no row: they are counted and skipped.
class RowReader {
 public:
  /// `stream` stays the caller's; `file` is its name in messages.
  RowReader(std::FILE* stream, std::string file, Task task, Answers answers = Answers::required)
      : stream_(stream), file_(std::move(file)), task_(task), answers_(answers) {}

  /// Reads the next row into `row`; false at the end. \throws InputError as `parse_row` does, for a
  /// line of more than `longest_line` bytes, and if the stream cannot be read
  bool next(Example& row) {
    while (next_line()) {
      if (is_blank()) continue;
      row = parse_row(file_, line_, text_, task_, answers_);
      return true;
    }
    return false;
  }

  /// The number of the line read last; 0 before the first.
  long line() const { return line_; }

 private:
  bool next_line() {
    text_.clear();
    errno = 0;
    int byte = std::getc(stream_);
    const bool ended = byte == EOF;
    if (!ended) ++line_;
    for (; byte != EOF && byte != '\n'; byte = std::getc(stream_)) {
      if (text_.size() == longest_line) refuse_line();
      text_.push_back(static_cast<char>(byte));
    }
    if (byte == EOF) check_stream();
    return !ended;
  }

  [[noreturn]] void refuse_line() const {
    raise(InputError(file_, line_, "a line of more than " + std::to_string(longest_line) + " bytes",
                     detail::describe_columns(task_, answers_)));
  }

  /// A stream that broke is not one that ended.
  void check_stream() const {
    if (std::ferror(stream_) == 0) return;
    raise(InputError(file_, 0, "a read error (" + std::generic_category().message(errno) + ")",
                     "rows of " + detail::describe_columns(task_, answers_)));
  }

  bool is_blank() const {
    std::string_view text = text_;
    if (line_ == 1 && text.starts_with(utf8::byte_order_mark)) {
      text.remove_prefix(utf8::byte_order_mark.size());
    }
    return text.find_first_not_of('\r') == std::string_view::npos;
  }

  std::FILE* stream_;
  std::string file_;
  Task task_;
  Answers answers_;
  std::string text_;
  long line_ = 0;
};

/// All rows of a stream. \throws InputError as `RowReader` does, and if there is no row
inline std::vector<Example> read_rows(std::FILE* stream, std::string_view file, Task task,
                                      Answers answers = Answers::required) {
  RowReader reader(stream, std::string(file), task, answers);
  std::vector<Example> rows;
  Example row;
  while (reader.next(row)) rows.push_back(std::move(row));
  if (rows.empty()) {
    raise(InputError(file, 0, "no rows", "rows of " + detail::describe_columns(task, answers)));
  }
  return rows;
}

/// All rows of a file. \throws InputError as `read_rows` does, and if it cannot be opened
inline std::vector<Example> read_file(const std::string& path, Task task,
                                      Answers answers = Answers::required) {
  struct Close {
    void operator()(std::FILE* stream) const { std::fclose(stream); }
  };
  errno = 0;
  const std::unique_ptr<std::FILE, Close> stream(std::fopen(path.c_str(), "rb"));
  if (stream == nullptr) {
    raise(InputError(path, 0, "no readable file (" + std::generic_category().message(errno) + ")",
                     "rows of " + detail::describe_columns(task, answers)));
  }
  return read_rows(stream.get(), path, task, answers);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

// Reading rows of words and tags: one row a line, columns separated by tabs, UTF-8.
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/data/foreign_text.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/tasks/reinflection/columns.hpp>
#include <vaecollapse/tasks/reinflection/likely_format.hpp>
#include <vaecollapse/tasks/reinflection/msd.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection {

/// No row of real data comes near this; a file that goes beyond it is no such file, and would only
/// end in a want of memory. \unit bytes
inline constexpr std::size_t longest_line = std::size_t{1} << 20U;
/// The same for a word. \unit characters
inline constexpr std::size_t longest_word = 1024;

/// One row of a file.
struct Example {
  std::u32string source;   ///< the lemma (task 1) or the given form
  std::string source_msd;  ///< where there are source tags: as written; checked, and no more used
  std::string msd;         ///< what to inflect for, as written; empty: nothing
  std::vector<Tag> tags;   ///< the same, read
  std::u32string target;   ///< the form; empty if not given
  bool has_target = false;
  long line = 0;  ///< where the row stands in its file, from 1
};

/// The characters of all sources and targets.
inline Vocabulary vocabulary_of(std::span<const Example> examples) {
  std::u32string seen;
  for (const Example& example : examples) seen.append(example.source).append(example.target);
  return Vocabulary(seen);
}

/// All that a row gives but its answer. Rows with the same are one question in the scoring of the
/// shared task.
inline std::string question(const Example& example) {
  std::string key = utf8::encode(example.source) + "\t" + example.msd;
  return example.source_msd.empty() ? key : example.source_msd + "\t" + key;
}

/// A row that cannot be read in the format that was asked for, and seems to have another.
class RowFormatError : public InputError {
 public:
  RowFormatError(std::string_view file, long line, std::string_view found,
                 std::string_view expected, LikelyFormat likely)
      : InputError(file, line, found, std::string(expected) + sentence(likely)),
        likely_(std::move(likely)) {}

  const LikelyFormat& likely() const { return likely_; }

 private:
  static std::string sentence(const LikelyFormat& likely) {
    std::string text = "; it looks like " + likely.columns;
    if (likely.has_tags()) {
      text += " with '" + std::string(1, likely.separator) + "' between tags";
    }
    if (likely.known_as().empty()) return text;
    return text.append(" (").append(likely.known_as()).append(")");
  }

  LikelyFormat likely_;
};

namespace detail {

/// Reads the columns of one row, and knows where it is when it has to complain.
class RowParser {
 public:
  RowParser(std::string_view file, long line, const RowFormat& format, Answers answers)
      : file_(file), line_(line), format_(format), answers_(answers) {}

  Example parse(std::string_view text) const {
    check_bytes(text);
    const auto fields = split(text, '\t');
    check_count(text, fields);
    check_quotes(fields);
    const bool covered = fields.size() < format_.columns.size();
    Example row;
    row.line = line_;
    std::size_t next = 0;
    for (std::size_t i = 0; i < format_.columns.size(); ++i) {
      if (covered && format_.columns[i].kind == Column::target) continue;
      read(fields, next++, format_.columns[i], row);
    }
    check_places(fields, covered);
    return row;
  }

  /// \throws InputError for the first line of what is no text in UTF-8
  void check_kind(std::string_view text) const {
    if (line_ != 1) return;
    const std::string_view kind = foreign_text(text);
    if (!kind.empty()) fail(kind, "text in UTF-8, not packed, one row a line");
  }

 private:
  [[noreturn]] void fail(std::string_view found, std::string_view expected) const {
    raise(InputError(file_, line_, found, expected));
  }

  /// Fails, and names the format that the row seems to have, if that is another.
  [[noreturn]] void fail(std::string_view found, std::string_view expected,
                         const std::vector<std::string_view>& fields) const {
    const auto likely = likely_format(fields);
    if (likely && is_news(*likely)) raise(RowFormatError(file_, line_, found, expected, *likely));
    fail(found, expected);
  }

  bool is_news(const LikelyFormat& likely) const {
    if (!likely.has_target() && answers_ == Answers::required) return false;
    std::string own;
    for (const NamedColumn& column : format_.columns) {
      for (const NamedColumn& known : column_names) {
        if (known.kind == column.kind) own.append(own.empty() ? "" : ",").append(known.name);
      }
    }
    const bool same_tags = format_.tags == TagSyntax{likely.separator, true} || !likely.has_tags();
    return own != likely.columns || !same_tags;
  }

  static std::string at(std::size_t byte) { return " at byte " + std::to_string(byte + 1); }

  void check_bytes(std::string_view text) const {
    check_kind(text);
    const std::size_t nul = text.find('\0');
    if (nul != std::string_view::npos) fail("a NUL" + at(nul), "text");
    if (const auto fault = utf8::validate(text)) {
      fail(std::string(fault->description) + at(fault->byte), "UTF-8");
    }
    const std::size_t carriage = text.find('\r');
    if (carriage != std::string_view::npos) {
      fail("a carriage return" + at(carriage) + " inside the row",
           "lines that end with a newline, or with both");
    }
  }

  void check_count(std::string_view text, const std::vector<std::string_view>& fields) const {
    const std::size_t columns = format_.columns.size();
    const bool may_be_covered = answers_ == Answers::optional && format_.has(Column::target);
    if (fields.size() == columns || (may_be_covered && fields.size() + 1 == columns)) return;
    std::string found = std::to_string(fields.size());
    found += fields.size() == 1 ? " column" : " columns";
    if (fields.size() == 1) found += in_place_of_tabs(text, columns - (may_be_covered ? 1 : 0));
    fail(found, describe_columns(format_, answers_), fields);
  }

  /// What may stand where tabs should.
  static std::string in_place_of_tabs(std::string_view text, std::size_t columns) {
    constexpr std::array<std::pair<char, std::string_view>, 4> signs{
        {{';', "semicolons"}, {',', "commas"}, {'|', "bars"}, {' ', "blanks"}}};
    for (const auto& [sign, name] : signs) {
      if (split(text, sign).size() < columns) continue;
      return " (with " + std::string(name) + " where tabs should be, perhaps)";
    }
    return "";
  }

  /// A spreadsheet puts a field in quotation marks for what it holds, or all of them. A word may
  /// itself be in quotation marks; tags are not.
  void check_quotes(const std::vector<std::string_view>& fields) const {
    const auto quoted_field = [](std::string_view field) {
      return field.size() > 1 && field.front() == '"' && field.back() == '"';
    };
    const bool all = fields.size() > 1 && std::all_of(fields.begin(), fields.end(), quoted_field);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (!quoted_field(fields[i])) continue;
      const std::string_view inside = fields[i].substr(1, fields[i].size() - 2);
      const bool has_cause = inside.find(',') != inside.npos || inside.find("\"\"") != inside.npos;
      if (!all && !has_cause && tag_likeness(inside).score < 2) continue;
      fail("column " + std::to_string(i + 1) +
               " in quotation marks, as a spreadsheet writes it: " + quoted(fields[i]),
           "the bare text");
    }
  }

  /// Tags may be read as words, and a word as a bare tag, where columns were named in another order
  /// than they stand in.
  void check_places(const std::vector<std::string_view>& fields, bool covered) const {
    if (!format_.tags.bare || covered) return;
    int of_tags = -1;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (format_.columns[i].kind == Column::tags) of_tags = tag_likeness(fields[i]).score;
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const Column kind = format_.columns[i].kind;
      if (of_tags != 0 || (kind != Column::source && kind != Column::target)) continue;
      if (tag_likeness(fields[i]).score < 2) continue;
      fail("what looks like tags, " + quoted(fields[i]) + ", in column " + std::to_string(i + 1) +
               " (" + std::string(format_.columns[i].name) + ")",
           "a word there", fields);
    }
  }

  void read(const std::vector<std::string_view>& fields, std::size_t place,
            const NamedColumn& column, Example& row) const {
    const std::string_view field = fields[place];
    switch (column.kind) {
      case Column::source:
        row.source = word(field, place, column.name);
        return;
      case Column::target:
        row.target = word(field, place, column.name);
        row.has_target = true;
        return;
      case Column::tags:
        row.msd = field;
        row.tags = tags(fields, field);
        return;
      case Column::source_tags:
        row.source_msd = field;
        tags(fields, field);
        return;
      case Column::skipped:
        return;
    }
  }

  /// An empty column holds no tags.
  std::vector<Tag> tags(const std::vector<std::string_view>& fields, std::string_view msd) const {
    std::vector<Tag> read;
    if (msd.empty()) return read;
    const auto fault = parse_msd(msd, format_.tags, read);
    if (!fault) return read;
    // Whoever writes a key means key=value, and has made a mistake in it.
    const bool is_other = other_separator(msd, format_.tags) != '\0' || msd.find('=') == msd.npos;
    if (is_other) fail(fault->found, fault->expected, fields);
    fail(fault->found, fault->expected);
  }

  std::u32string word(std::string_view field, std::size_t place, std::string_view name) const {
    if (field.empty()) {
      fail("nothing in column " + std::to_string(place + 1) + " (" + std::string(name) + ")",
           "text");
    }
    std::u32string read = utf8::decode(field);
    if (read.size() > longest_word) {
      fail("a " + std::string(name) + " of " + std::to_string(read.size()) + " characters",
           "at most " + std::to_string(longest_word));
    }
    return read;
  }

  std::string_view file_;
  long line_;
  const RowFormat& format_;
  Answers answers_;
};

/// A line without the carriage returns at its end, and line 1 without a byte order mark.
inline std::string_view row_text(std::string_view text, long line) {
  if (line == 1 && text.starts_with(utf8::byte_order_mark)) {
    text.remove_prefix(utf8::byte_order_mark.size());
  }
  while (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace detail

/// Reads one row from a line without its newline; carriage returns at the end are dropped, and so
/// is a byte order mark on line 1. `file` and `line` (from 1) are for messages only.
/// \throws InputError for bytes that are not UTF-8, NUL or a carriage return, a wrong number of
/// columns, an empty word, a word of more than `longest_word` characters, an ill-formed MSD, a
/// field that a spreadsheet has put in quotation marks; on line 1 for what is no such text at all;
/// as RowFormatError where another format is likely
inline Example parse_row(std::string_view file, long line, std::string_view text,
                         const RowFormat& format, Answers answers = Answers::required) {
  return detail::RowParser(file, line, format, answers).parse(detail::row_text(text, line));
}

/// Reads rows from an open stream, standard input for instance, one at a time and as soon as their
/// lines are complete. Lines without any character hold no row: they are counted and skipped.
class RowReader {
 public:
  /// `stream` stays the caller's; `file` is its name in messages.
  RowReader(std::FILE* stream, std::string file, RowFormat format,
            Answers answers = Answers::required)
      : stream_(stream), file_(std::move(file)), format_(std::move(format)), answers_(answers) {}

  /// Reads the next row into `row`; false at the end. \throws InputError as `parse_row` does, for a
  /// line of more than `longest_line` bytes, and if the stream cannot be read
  bool next(Example& row) {
    while (next_line()) {
      if (text().empty()) continue;
      row = parse_row(file_, line_, text_, format_, answers_);
      return true;
    }
    return false;
  }

  /// The number of the line read last; 0 before the first.
  long line() const { return line_; }
  /// That line, without its end and without a byte order mark; valid until the next is read.
  std::string_view text() const { return detail::row_text(text_, line_); }

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
    detail::RowParser(file_, line_, format_, answers_).check_kind(text_);
    raise(InputError(file_, line_, "a line of more than " + std::to_string(longest_line) + " bytes",
                     describe_columns(format_, answers_)));
  }

  /// A stream that broke is not one that ended.
  void check_stream() const {
    if (std::ferror(stream_) == 0) return;
    raise(InputError(file_, 0, "a read error (" + std::generic_category().message(errno) + ")",
                     "rows of " + describe_columns(format_, answers_)));
  }

  std::FILE* stream_;
  std::string file_;
  RowFormat format_;
  Answers answers_;
  std::string text_;
  long line_ = 0;
};

/// All rows of a stream. \throws InputError as `RowReader` does, and if there is no row
inline std::vector<Example> read_rows(std::FILE* stream, std::string_view file,
                                      const RowFormat& format,
                                      Answers answers = Answers::required) {
  RowReader reader(stream, std::string(file), format, answers);
  std::vector<Example> rows;
  Example row;
  while (reader.next(row)) rows.push_back(std::move(row));
  if (rows.empty()) {
    raise(InputError(file, 0, "no rows", "rows of " + describe_columns(format, answers)));
  }
  return rows;
}

/// All rows of a file. \throws InputError as `read_rows` does, and if it cannot be opened
inline std::vector<Example> read_file(const std::string& path, const RowFormat& format,
                                      Answers answers = Answers::required) {
  struct Close {
    void operator()(std::FILE* stream) const { std::fclose(stream); }
  };
  errno = 0;
  const std::unique_ptr<std::FILE, Close> stream(std::fopen(path.c_str(), "rb"));
  if (stream == nullptr) {
    raise(InputError(path, 0, "no readable file (" + std::generic_category().message(errno) + ")",
                     "rows of " + describe_columns(format, answers)));
  }
  return read_rows(stream.get(), path, format, answers);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection

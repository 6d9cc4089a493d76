#include "notes.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <span>
#include <utility>

#include <vaecollapse/core/utf8.hpp>

#include "column_names.hpp"
#include "kit/counted.hpp"

namespace reinflection {

namespace {

using vaecollapse::reinflection::Example;
using vaecollapse::reinflection::Tag;
namespace utf8 = vaecollapse::utf8;

/// Unicode's white space, and characters of no width that editors leave behind.
bool is_blank(char32_t one) {
  return one == ' ' || (one >= 0x09 && one <= 0x0D) || one == 0x85 || one == 0xA0 ||
         one == 0x1680 || (one >= 0x2000 && one <= 0x200B) || one == 0x2028 || one == 0x2029 ||
         one == 0x202F || one == 0x205F || one == 0x2060 || one == 0x3000 || one == 0xFEFF;
}

/// The blank at an end of the text; 0 if there is none.
char32_t blank_at_end(std::u32string_view text) {
  if (text.empty()) return 0;
  if (is_blank(text.back())) return text.back();
  return is_blank(text.front()) ? text.front() : 0;
}

std::string in_quotes(std::u32string_view word) {
  return "'" + utf8::encode(std::u32string(word)) + "'";
}

std::string code_point(char32_t character) {
  char code[16];
  std::snprintf(code, sizeof code, "U+%04lX", static_cast<unsigned long>(character));
  return code;
}

std::string show_blank(std::u32string_view text, char32_t blank) {
  return in_quotes(text) + " (" + code_point(blank) + ")";
}

/// Whether a model knows all characters.
bool knows(const Known& known, std::u32string_view word) {
  return std::all_of(word.begin(), word.end(),
                     [&](char32_t one) { return known.vocabulary.contains(one); });
}

/// Whether the word in another normal form would be better known.
bool is_of_other_form(const Known& known, const std::u32string& word) {
  const std::u32string nfc = to_nfc(word);
  if (nfc != word) return knows(known, nfc);
  if (knows(known, word)) return false;
  const std::u32string nfd = to_nfd(word);
  return nfd != word && knows(known, nfd);
}

/// Of what is in a row, whatever the order of its tags.
std::size_t hash_of(const Example& row) {
  std::vector<std::string> names;
  for (const Tag& tag : row.tags) names.push_back(tag.name());
  std::sort(names.begin(), names.end());
  std::string text = utf8::encode(row.source) + "\t" + utf8::encode(row.target);
  for (const std::string& name : names) text += "\t" + name;
  text += "\n" + row.source_msd;
  return std::hash<std::string>()(text);
}

/// What a row holds, as written, in the order of task 2.
std::vector<std::string> fields_of(const Example& row) {
  std::vector<std::string> fields{row.source_msd, utf8::encode(row.source), row.msd,
                                  utf8::encode(row.target)};
  std::erase(fields, std::string());
  return fields;
}

bool holds_column_names(const Example& row) {
  const std::vector<std::string> fields = fields_of(row);
  return are_column_names(std::vector<std::string_view>(fields.begin(), fields.end()));
}

/// `'lemma', 'tags', 'form'`.
std::string list_of_fields(const Example& row) {
  std::string list;
  for (const std::string& field : fields_of(row)) {
    list.append(list.empty() ? "'" : ", '").append(field).append("'");
  }
  return list;
}

/// Whether the model knows all that the tag stands for.
bool knows(const Known& known, const Tag& tag) {
  std::vector<vaecollapse::Symbol> ids;
  return known.features.encode(std::span(&tag, 1), ids) == 0;
}

/// Whether a tag that is unknown is known in another normal form.
bool is_of_other_form(const Known& known, const Tag& tag) {
  const auto knows_in = [&](std::u32string (*form)(std::u32string_view)) {
    const auto changed = [&](const std::string& part) {
      return utf8::encode(form(utf8::decode(part)));
    };
    return knows(known, Tag{changed(tag.key), changed(tag.value)});
  };
  return knows_in(to_nfc) || knows_in(to_nfd);
}

/// Writes a note that begins with how many there are.
void write_counted_note(std::string_view file, const Seen& seen, std::string_view one,
                        std::string_view several, std::string_view after) {
  write_note(
      file, seen,
      kit::counted(seen.count, one, several) + ", the first is " + seen.first + std::string(after));
}

}  // namespace

std::string show_character(char32_t character) {
  if (character <= ' ') return code_point(character);
  // A mark is shown on a dotted circle: without a letter it would join the quotation mark.
  const std::u32string shown =
      (is_mark(character) ? U"\u25CC" : U"") + std::u32string(1, character);
  return code_point(character) + " " + in_quotes(shown);
}

std::string note_of_characters(const Seen& unknown) {
  return kit::counted(unknown.count, "character is", "characters are") +
         " unknown to the model, the first is " + unknown.first;
}

void write_note(std::string_view file, const Seen& seen, std::string_view of) {
  if (seen.count == 0) return;
  std::string text = "note: " + std::string(file);
  if (seen.line > 0) text += ":" + std::to_string(seen.line);
  text.append(": ").append(of).append("\n");
  std::fputs(text.c_str(), stderr);
}

void RowNotes::add_word(const std::u32string& word, long line) {
  if (const char32_t blank = blank_at_end(word); blank != 0) {
    blanks_in_words_.add(line, [&] { return show_blank(word, blank); });
  }
  if (forms_.add(word)) not_composed_.add(line, [&] { return in_quotes(word); });
}

void RowNotes::add_tag(const Tag& tag, long line) {
  const std::u32string name = utf8::decode(tag.name());
  for (const std::string& part : {tag.key, tag.value}) {
    const char32_t blank = blank_at_end(utf8::decode(part));
    if (blank != 0) blanks_in_tags_.add(line, [&] { return show_blank(name, blank); });
  }
  if (forms_of_tags_.add(name)) not_composed_tags_.add(line, [&] { return in_quotes(name); });
}

void RowNotes::add(const Example& row) {
  if (rows_++ == 0 && holds_column_names(row)) {
    column_names_.add(row.line, [&] { return list_of_fields(row); });
  }
  add_word(row.source, row.line);
  if (row.has_target) add_word(row.target, row.line);
  for (const Tag& tag : row.tags) add_tag(tag, row.line);
  if (row.tags.empty()) untagged_.add(row.line, [] { return std::string(); });
}

void RowNotes::compare_word(const std::u32string& word, long line, const Known& known) {
  if (is_of_other_form(known, word)) other_form_.add(line, [&] { return in_quotes(word); });
  for (const char32_t one : word) {
    if (!known.vocabulary.contains(one)) characters_.add(line, [&] { return show_character(one); });
  }
}

void RowNotes::compare_tag(const Tag& tag, long line, const Known& known) {
  if (knows(known, tag)) return;
  if (is_of_other_form(known, tag)) {
    other_form_tags_.add(line, [&] { return "'" + tag.name() + "'"; });
  } else {
    tags_.add(line, [&] { return tag.name(); });
  }
}

void RowNotes::compare(const Example& row, const Known& known) {
  compare_word(row.source, row.line, known);
  if (row.has_target) compare_word(row.target, row.line, known);
  model_has_tags_ = known.features.size() > 0;
  for (const Tag& tag : row.tags) compare_tag(tag, row.line, known);
}

void RowNotes::show_forms(std::string_view file) const {
  const auto note = [&](const auto&... parts) { write_counted_note(file, parts...); };
  if (forms_.are_mixed()) {
    note(not_composed_, "word is not in the normal form NFC, and others are",
         "words are not in the normal form NFC, and others are",
         ": to the model they are other letters; --normalise nfc makes them one");
  }
  note(other_form_, "word is in another Unicode normal form than the model's",
       "words are in another Unicode normal form than the model's",
       ": to the model they are other letters; --normalise nfc in training makes them one");
  if (forms_of_tags_.are_mixed()) {
    note(not_composed_tags_, "tag is not in the normal form NFC, and others are",
         "tags are not in the normal form NFC, and others are",
         ": to the model they are other tags, and --normalise leaves tags as they are");
  }
  note(other_form_tags_, "tag is in another Unicode normal form than the model's, and left out",
       "tags are in another Unicode normal form than the model's, and left out", "");
}

void RowNotes::show(std::string_view file) const {
  const auto note = [&](const auto&... parts) { write_counted_note(file, parts...); };
  write_note(file, column_names_,
             "the row seems to name the columns (" + column_names_.first +
                 "), and is read as a row like any other");
  note(blanks_in_words_, "word begins or ends with a blank", "words begin or end with a blank",
       ": it is learnt and asked for like a letter");
  note(blanks_in_tags_, "tag begins or ends with a blank", "tags begin or end with a blank",
       ": to the model it is another tag than the one without");
  show_forms(file);
  if (untagged_.count < rows_ || model_has_tags_) {
    write_note(file, untagged_,
               kit::counted(untagged_.count, "row has", "rows have") + " no tags, where " +
                   (untagged_.count < rows_ ? "others have" : "the model knows") + " some");
  }
  write_note(file, characters_, note_of_characters(characters_));
  note(tags_, "tag is unknown to the model, and left out",
       "tags are unknown to the model, and left out", "");
}

void note_rows(const std::string& file, const std::vector<Example>& rows, const Known* known) {
  RowNotes notes;
  for (const Example& row : rows) {
    notes.add(row);
    if (known != nullptr) notes.compare(row, *known);
  }
  notes.show(file);
}

void note_shared_rows(const std::string& file, const std::vector<Example>& rows,
                      const std::string& train_file, const std::vector<Example>& train) {
  std::vector<std::size_t> trained;
  for (const Example& row : train) trained.push_back(hash_of(row));
  std::sort(trained.begin(), trained.end());
  Seen shared;
  for (const Example& row : rows) {
    if (!std::binary_search(trained.begin(), trained.end(), hash_of(row))) continue;
    shared.add(row.line, [] { return std::string(); });
  }
  write_note(file, shared,
             std::to_string(shared.count) + " of " + kit::counted(rows.size(), "row", "rows") +
                 (shared.count == 1 ? " stands in " : " stand in ") + train_file +
                 ", too: the score of training rows tells little about other words");
}

}  // namespace reinflection

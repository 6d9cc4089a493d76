// Notes on rows: what can be read and costs accuracy all the same. One line each on the standard
// error stream, with a count and the first place.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/tasks/reinflection/features.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>

#include "normal_forms.hpp"

namespace reinflection {

/// What a model knows: its characters and tags.
struct Known {
  const vaecollapse::Vocabulary& vocabulary;
  const vaecollapse::reinflection::Features& features;
};

/// How often something was seen, and where first.
struct Seen {
  std::size_t count = 0;
  long line = 0;      ///< of the first
  std::string first;  ///< in words

  /// Counts one more; `describe` gives it in words if it is the first.
  template <class Describe>
  void add(long at, Describe&& describe) {
    if (count++ > 0) return;
    line = at;
    first = describe();
  }
};

/// `U+0071 'q'`.
std::string show_character(char32_t character);

/// `2 characters are unknown to the model, the first is U+0071 'q'`.
std::string note_of_characters(const Seen& unknown);

/// Writes one note. `of` is what follows the place: `2 words ...`.
void write_note(std::string_view file, const Seen& seen, std::string_view of);

/// Notes on the rows of a file, which may come one at a time.
class RowNotes {
 public:
  /// What the rows say by themselves.
  void add(const vaecollapse::reinflection::Example& row);
  /// What a model cannot know of the row.
  void compare(const vaecollapse::reinflection::Example& row, const Known& known);
  /// Writes what was seen.
  void show(std::string_view file) const;

 private:
  void add_word(const std::u32string& word, long line);
  void add_tag(const vaecollapse::reinflection::Tag& tag, long line);
  void compare_word(const std::u32string& word, long line, const Known& known);
  void compare_tag(const vaecollapse::reinflection::Tag& tag, long line, const Known& known);
  void show_forms(std::string_view file) const;

  NormalForms forms_, forms_of_tags_;
  std::size_t rows_ = 0;
  bool model_has_tags_ = false;
  Seen column_names_, blanks_in_words_, blanks_in_tags_, untagged_;
  Seen not_composed_, other_form_, characters_, not_composed_tags_, other_form_tags_, tags_;
};

/// Notes on all rows of a file, beside what `known` knows if that is not null.
void note_rows(const std::string& file, const std::vector<vaecollapse::reinflection::Example>& rows,
               const Known* known = nullptr);

/// A note if some of the rows stand in the file of those trained on, too.
void note_shared_rows(const std::string& file,
                      const std::vector<vaecollapse::reinflection::Example>& rows,
                      const std::string& train_file,
                      const std::vector<vaecollapse::reinflection::Example>& train);

}  // namespace reinflection

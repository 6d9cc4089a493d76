// Words to look at a latent space by, with the labels that it may group them by.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <vaecollapse/core/view.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>

#include "corpora.hpp"
#include "notes.hpp"

namespace reinflection {

/// One label of every word: its lemma, the value of a tag's key, or all its tags where some are
/// bare; where a word has no such tag, the empty value.
struct Labelling {
  std::string name;
  std::vector<std::string> values;  ///< each once, in order of their bytes
  std::vector<int> of_word;         ///< places in `values`
};

/// Words, as rows that ask for themselves or for another form, and their labels.
struct LabelledWords {
  std::vector<vaecollapse::reinflection::Example> words;
  std::vector<Labelling> labellings;
};

/// A file of lemmas with their forms, and how it is read.
struct FormFile {
  std::string file;  ///< empty: none
  Reading reading;
  Known known;  ///< to the model whose latent space is looked at
};

/// The forms of a file, each once for its lemma, labelled with their lemmas and tags. At most
/// `most`, of the lemmas with most forms first, so that there are groups to be seen. Notes say what
/// of the rows may cost accuracy.
/// \throws InputError
LabelledWords read_labelled_forms(const FormFile& forms, std::size_t most);

/// The first `most` sources of rows, labelled by the tags of what they are asked for.
LabelledWords label_sources(std::span<const vaecollapse::reinflection::Example> rows,
                            std::size_t most);

/// Those forms, or where there is no file of them the sources of `rows`, which are of the file
/// `data`. \throws InputError also for less than six words: five neighbours and oneself
LabelledWords read_labelled_words(const FormFile& forms, const std::string& data,
                                  std::span<const vaecollapse::reinflection::Example> rows,
                                  std::size_t most);

/// How well codes group a label.
struct Grouping {
  std::string label;
  std::size_t values = 0;
  double purity = 0;         ///< share of the nearest words that have the word's own value
  double purity_chance = 0;  ///< that share among words taken at random
  std::optional<double> silhouette{};
  double probe = 0;         ///< accuracy of a linear classifier on words that it did not see
  double probe_chance = 0;  ///< of the most frequent value

  /// Whether neighbours share the label far more often than by chance: a quarter of the way from
  /// chance to certainty. A rule of thumb.
  bool is_grouped() const { return purity - purity_chance > 0.25 * (1 - purity_chance); }
};

/// All labels by which words can be near at all: those of one value only, and those that no two
/// words share, are left out. \shape codes [latent x words] \pre six words at least
std::vector<Grouping> score_groupings(vaecollapse::View<const float> codes,
                                      const LabelledWords& words);

}  // namespace reinflection

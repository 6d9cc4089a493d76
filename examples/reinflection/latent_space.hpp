// Words to look at a latent space by, with the labels that it may group them by.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <vaecollapse/diagnose/groupings.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>

#include "corpora.hpp"
#include "notes.hpp"

namespace reinflection {

/// Words, as rows that ask for themselves or for another form, and their labels: lemma, the value
/// of a tag's key, or all tags where some are bare; where a word has no such tag, the empty value.
struct LabelledWords {
  std::vector<vaecollapse::reinflection::Example> words;
  std::vector<vaecollapse::Labelling> labellings;
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

}  // namespace reinflection

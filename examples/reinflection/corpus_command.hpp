// `reinflect corpus`: the built-in corpus as files, or the score of its inflector on a file.
#pragma once

#include <string>

#include "kit/mistakes.hpp"
#include "turkish/corpus.hpp"

namespace reinflection {

struct CorpusArguments {
  std::string out;    ///< folder for train.tsv, dev.tsv, test.tsv and unseen.tsv
  std::string forms;  ///< file of task 1 to write: every noun in all its forms
  std::string score;  ///< file of task 1 to read
  turkish::CorpusOptions rows;
  bool overwrite = false;
};

/// Keeps what is wrong with the arguments, as far as it shows before anything is read.
void check(const CorpusArguments& arguments, kit::Mistakes& mistakes);

/// \return the program's exit status \throws Error
int corpus_command(const CorpusArguments& arguments);

}  // namespace reinflection

// `text_vae corpus`: the built-in corpus as files.
#pragma once

#include <string>

#include "text_vae/built_in.hpp"

namespace text_vae {

struct CorpusArguments {
  std::string out;  ///< folder for train.txt, dev.txt and test.txt
  BuiltInSizes sizes;
  bool overwrite = false;
};

/// \return the program's exit status \throws Error
int corpus_command(const CorpusArguments& arguments);

}  // namespace text_vae

// Sentences as a model reads them: of files, and of the command line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <vaecollapse/tasks/text/corpus.hpp>

#include "text_vae/model_file.hpp"

namespace text_vae {

/// The sentences of a file; a note tells of those that were cut off and of tokens that the model
/// does not know. \throws InputError
vaecollapse::text::Corpus read_sentences(const std::string& file, const Description& description);

/// The sentences that an option gives, each `copies` times; notes as above.
/// \throws InputError that names the option for what is no text, and for what has no token
vaecollapse::text::Corpus sentences_of(const std::string& option,
                                       const std::vector<std::string>& texts,
                                       const Description& description, std::uint64_t copies = 1);

/// So many rows without a token, whose z come from elsewhere.
vaecollapse::text::Corpus empty_sentences(std::uint64_t count);

/// What a model writes.
struct Writing {
  std::string text;
  double log_probability = 0;  ///< \unit nats
};

}  // namespace text_vae

// A form that the command line asks for: tags, as an MSD, and words said under them from any z.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/data/reinflection.hpp>

#include "trained_model.hpp"

namespace reinflection {

/// Rows that ask for the form `msd` of each word. \throws Error for an MSD that is missing,
/// ill-formed or has a tag that the model does not know: some that it knows are named
std::vector<vaecollapse::Example> ask_for(std::span<const std::u32string> words,
                                          std::string_view msd, const Description& description);

/// The first guess of each row from the column of `codes` with its number, as if its z were that.
/// \shape codes [latent x rows] \throws Error where words need not pass through z
std::vector<Guess> say(TrainedModel& model, const std::vector<vaecollapse::Example>& rows,
                       std::span<const float> codes);

/// Writes a note to the standard error stream if the model does not know characters of `words`.
void note_unknown_characters(std::span<const std::u32string> words, const Description& description);

/// A word of the command line. \throws Error that names `option` if it is empty or no UTF-8
std::u32string read_word(const std::string& option, const std::string& text);

}  // namespace reinflection

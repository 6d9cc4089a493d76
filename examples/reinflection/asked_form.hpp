// A form that the command line asks for: tags, as an MSD, and words said under them from any z.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/tasks/reinflection/rows.hpp>

#include "trained_model.hpp"

namespace reinflection {

/// What form is asked for.
struct AskedForm {
  std::string msd;
  std::vector<vaecollapse::reinflection::Tag> tags;
};

/// Reads an MSD of the command line, written as in the rows that the model was trained on.
/// \throws Error for one that is missing (but where the model has no tags), ill-formed or has a tag
/// that the model does not know: some that it knows are named
AskedForm read_form(const std::string& msd, const Description& description);

/// Rows that ask for a form of each word.
std::vector<vaecollapse::reinflection::Example> ask_for(std::span<const std::u32string> words,
                                                        const AskedForm& form);

/// The first guess of each row from the z of `codes` with its number, as if its z were that; or a
/// word drawn from there. \throws Error where words need not pass through z
std::vector<Guess> say(TrainedModel& model,
                       const std::vector<vaecollapse::reinflection::Example>& rows,
                       const TrainedModel::LatentView& codes, const kit::Sampling& sampling = {});

/// Writes a note to the standard error stream if the model does not know characters of `words`.
void note_unknown_characters(std::span<const std::u32string> words, const Description& description);

/// A word of the command line. \throws Error that names `option` if it is empty or no UTF-8
std::u32string read_word(const std::string& option, const std::string& text);

/// The word as a row of the model's would have it: normalised if they were.
std::u32string as_rows(std::u32string word, const Description& description);

}  // namespace reinflection

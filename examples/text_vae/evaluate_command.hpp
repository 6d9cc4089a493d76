// `text_vae evaluate`: ELBO, likelihood and perplexity of a file, and what z holds.
#pragma once

#include <cstdint>
#include <string>

#include <vaecollapse/evaluate/sentence_figures.hpp>

namespace text_vae {

struct EvaluateArguments {
  std::string model;
  std::string data;
  std::uint64_t samples = 50;  ///< of z, for each sentence
  bool json = false;
  std::uint64_t threads = 0;
};

/// The figures as a JSON object, or as lines to read. What a model without z does not have is null,
/// or left out. \param latent the dimensions of z
std::string to_json(const vaecollapse::SentenceFigures& figures);
std::string to_text(const vaecollapse::SentenceFigures& figures, std::uint64_t latent);

/// \return the program's exit status \throws Error
int evaluate_command(const EvaluateArguments& arguments);

}  // namespace text_vae

#include "trained_model.hpp"

#include <utility>

#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/io/checkpoint.hpp>
#include <vaecollapse/train/evaluate.hpp>

#include "network.hpp"

namespace reinflection {

using vaecollapse::Corpus;
using vaecollapse::Index;

namespace {

vaecollapse::EvaluateOptions evaluate_options(const Settings& settings, const Search& search) {
  return {.decode = {.beam = static_cast<Index>(search.beam),
                     .nbest = static_cast<Index>(search.nbest),
                     .length_normalisation = search.length_normalisation},
          .seed = vaecollapse::Seed(settings.seed)};
}

}  // namespace

/// Each part refers to those before it, so none may move.
struct TrainedModel::Parts {
  Parts(const std::string& file, const vaecollapse::Safetensors& content, std::uint64_t threads,
        const Search& search)
      : description(from_metadata(file, content.metadata)),
        network(make_network(layout, description)),
        parameters(layout),
        team(static_cast<int>(threads)),
        evaluator(network, parameters, team, evaluate_options(description.settings, search)) {
    vaecollapse::load_parameters(file, content, parameters);
  }

  std::vector<RankedGuesses> words(const std::vector<vaecollapse::Guesses>& found) const {
    std::vector<RankedGuesses> all(found.size());
    for (std::size_t row = 0; row < found.size(); ++row) {
      for (const vaecollapse::Hypothesis& guess : found[row]) {
        all[row].push_back({description.vocabulary.decode(guess.ids), guess.log_probability});
      }
    }
    return all;
  }

  Description description;
  vaecollapse::Layout layout;
  vaecollapse::ReinflectionNetwork network;
  vaecollapse::Parameters<float> parameters;
  vaecollapse::Team team;
  vaecollapse::Evaluator<vaecollapse::ReinflectionNetwork> evaluator;
};

TrainedModel::TrainedModel(const std::filesystem::path& path, std::uint64_t threads,
                           const Search& search) {
  const std::filesystem::path file = find_model(path);
  parts_ =
      std::make_unique<Parts>(file.string(), vaecollapse::read_safetensors(file), threads, search);
}

TrainedModel::~TrainedModel() = default;
TrainedModel::TrainedModel(TrainedModel&&) noexcept = default;
TrainedModel& TrainedModel::operator=(TrainedModel&&) noexcept = default;

const Description& TrainedModel::description() const { return parts_->description; }

vaecollapse::ElboTerms TrainedModel::elbo(const Corpus& corpus) {
  return parts_->evaluator.elbo(corpus);
}

vaecollapse::ElboRows TrainedModel::elbo_rows(const Corpus& corpus) {
  return parts_->evaluator.elbo_rows(corpus);
}

std::vector<float> TrainedModel::codes(const Corpus& corpus) {
  return parts_->evaluator.codes(corpus);
}

std::vector<RankedGuesses> TrainedModel::guess(const Corpus& corpus) {
  return parts_->words(parts_->evaluator.guesses(corpus));
}

std::vector<RankedGuesses> TrainedModel::guess_with_permuted_codes(const Corpus& corpus) {
  return parts_->words(parts_->evaluator.guesses_with_permuted_codes(corpus));
}

}  // namespace reinflection

#include "text_vae/reconstruct_command.hpp"

#include <span>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/data/corpus.hpp>

#include "kit/standard_output.hpp"
#include "text_vae/sentences.hpp"
#include "text_vae/trained_model.hpp"

namespace text_vae {

namespace {

using Json = nlohmann::ordered_json;
using vaecollapse::Row;
using Corpus = vaecollapse::text::Corpus;

/// A sentence as the model reads it, and what comes back.
struct Reconstruction {
  std::string sentence;
  Writing of_mean;
  std::vector<Writing> of_draws;
};

/// Each sentence so often.
Corpus repeated(const Corpus& corpus, std::uint64_t copies) {
  Corpus all;
  for (Row row = 0; row < Row(corpus.size()); ++row) {
    const std::vector<vaecollapse::Symbol> sentence(corpus.source(row).begin(),
                                                    corpus.source(row).end());
    for (std::uint64_t i = 0; i < copies; ++i) all.add(sentence);
  }
  return all;
}

std::vector<Reconstruction> reconstruct(TrainedModel& model, const Corpus& corpus,
                                        const ReconstructArguments& arguments) {
  const std::vector<Writing> of_means = model.decode(corpus, model.means(corpus), arguments.search);
  std::vector<Writing> of_draws;
  if (arguments.draws > 0) {
    const Corpus copies = repeated(corpus, arguments.draws);
    of_draws = model.decode(copies, model.draws(copies), arguments.search);
  }
  std::vector<Reconstruction> all;
  for (Row row = 0; row < Row(corpus.size()); ++row) {
    const auto own = std::span(of_draws).subspan(row * arguments.draws, arguments.draws);
    all.push_back({model.description().vocabulary.decode(corpus.source(row)),
                   of_means[row],
                   {own.begin(), own.end()}});
  }
  return all;
}

Json written_to_json(const Writing& written) {
  return {{"sentence", written.text}, {"log_probability", written.log_probability}};
}

std::string reconstructions_to_json(const std::vector<Reconstruction>& all, std::uint64_t seed) {
  Json sentences = Json::array();
  std::uint64_t exact = 0;
  for (const auto& [sentence, of_mean, of_draws] : all) {
    Json draws = Json::array();
    for (const Writing& one : of_draws) draws.push_back(written_to_json(one));
    exact += of_mean.text == sentence ? 1U : 0U;
    sentences.push_back(
        {{"sentence", sentence}, {"mean", written_to_json(of_mean)}, {"draws", std::move(draws)}});
  }
  const Json object{{"seed", seed},
                    {"sentences", all.size()},
                    {"exact", exact},
                    {"reconstructions", std::move(sentences)}};
  return object.dump(2) + "\n";
}

std::string reconstructions_to_text(const std::vector<Reconstruction>& all) {
  std::string text;
  for (const auto& [sentence, of_mean, of_draws] : all) {
    text += (text.empty() ? "" : "\n") + ("sentence  " + sentence) + "\nmean      " + of_mean.text +
            "\n";
    for (const Writing& one : of_draws) text += "draw      " + one.text + "\n";
  }
  return text;
}

}  // namespace

void check(const ReconstructArguments& arguments, kit::Mistakes& mistakes) {
  if (arguments.data.empty() != arguments.sentence.empty()) return;
  mistakes.add(arguments.data.empty()
                   ? "--data: found nothing, expected a file of sentences, or --sentence"
                   : "--sentence: found it with --data, expected one of them");
}

int reconstruct_command(const ReconstructArguments& arguments) {
  kit::Mistakes mistakes;
  check(arguments, mistakes);
  mistakes.raise_if_any();
  TrainedModel model(arguments.model, arguments.threads, arguments.seed);
  model.require_z("reconstruct");
  const Description& description = model.description();
  const Corpus corpus = arguments.data.empty()
                            ? sentences_of("--sentence", {arguments.sentence}, description)
                            : read_sentences(arguments.data, description);
  const std::vector<Reconstruction> all = reconstruct(model, corpus, arguments);
  kit::print(arguments.json ? reconstructions_to_json(all, arguments.seed)
                            : reconstructions_to_text(all));
  return 0;
}

}  // namespace text_vae

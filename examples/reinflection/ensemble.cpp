#include "ensemble.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/evaluate/ensemble.hpp>

#include "notes.hpp"

namespace reinflection {

namespace {

using vaecollapse::InputError;
using vaecollapse::raise;
using EnsembleList = std::vector<std::unique_ptr<vaecollapse::EnsembleMember<float>>>;

/// The first entry that the other list has not; none: they are equal but for their order.
template <class Entries>
auto first_missing(const Entries& entries, const Entries& other) {
  return std::find_if(entries.begin(), entries.end(), [&](const auto& entry) {
    return std::find(other.begin(), other.end(), entry) == other.end();
  });
}

/// `the character U+0071 'q', which m lacks`, or what else differs.
template <class Entries, class Show>
std::string difference_of(const Entries& ours, const Entries& theirs, const std::string& first,
                          const std::string& kind, Show&& show) {
  if (const auto more = first_missing(ours, theirs); more != ours.end()) {
    return "the " + kind + " " + show(*more) + ", which " + first + " has not";
  }
  if (const auto less = first_missing(theirs, ours); less != theirs.end()) {
    return "no " + kind + " " + show(*less) + ", which " + first + " has";
  }
  return "the " + kind + "s of " + first + " in another order";
}

/// \throws InputError unless the symbols, tags and normal form of a model are those of the first
void require_same_symbols(const Description& ours, const std::string& file,
                          const Description& theirs, const std::string& first) {
  const auto refuse = [&](const std::string& found) {
    raise(InputError(file, 0, found,
                     "a model with the same characters, tags and --normalise: models that guess "
                     "together are trained on rows of the same characters and tags"));
  };
  const std::u32string &characters = ours.vocabulary.characters(),
                       &others = theirs.vocabulary.characters();
  if (characters != others) {
    refuse(difference_of(characters, others, first, "character", show_character));
  }
  if (ours.features.set_values() != theirs.features.set_values()) {
    refuse("tags whose sets of values are taken apart otherwise than those of " + first);
  }
  if (ours.features.names() != theirs.features.names()) {
    refuse(difference_of(ours.features.names(), theirs.features.names(), first, "tag",
                         [](const std::string& tag) { return "'" + tag + "'"; }));
  }
  if (ours.settings.normalise != theirs.settings.normalise) {
    refuse("--normalise " + ours.settings.normalise + ", and " + first + " has " +
           theirs.settings.normalise);
  }
}

/// Adds what each row has; those that are not known are none.
void add_rates(const std::vector<double>& rates, std::vector<double>& sums) {
  sums.resize(std::max(sums.size(), rates.size()));
  for (std::size_t row = 0; row < rates.size(); ++row) sums[row] += rates[row];
}

std::vector<vaecollapse::Row> own_rows(const vaecollapse::Corpus& corpus) {
  std::vector<vaecollapse::Row> rows(static_cast<std::size_t>(corpus.size()));
  std::iota(rows.begin(), rows.end(), vaecollapse::Row{0});
  return rows;
}

}  // namespace

Ensemble::Ensemble(const std::vector<std::string>& models, std::uint64_t threads,
                   const kit::Search& search)
    : search_(search) {
  for (const std::string& model : models) {
    // Of other seeds, so that z are drawn independently.
    std::optional<std::uint64_t> seed;
    if (!models_.empty()) seed = description().settings.seed + models_.size();
    models_.emplace_back(model, threads, search, seed);
    require_same_symbols(models_.back().description(), model, description(), models.front());
  }
}

std::vector<RankedGuesses> Ensemble::guess(const vaecollapse::Corpus& corpus) {
  if (size() == 1) return models_.front().guess(corpus);
  return guess(corpus, means(corpus), own_rows(corpus));
}

std::vector<RankedGuesses> Ensemble::guess_with_permuted_codes(const vaecollapse::Corpus& corpus) {
  if (size() == 1) return models_.front().guess_with_permuted_codes(corpus);
  return guess(corpus, means(corpus), models_.front().permuted_rows(corpus));
}

std::vector<RankedGuesses> Ensemble::guess_from_drawn(const vaecollapse::Corpus& corpus) {
  return guess(corpus, drawn_codes(corpus), own_rows(corpus));
}

std::vector<Latents> Ensemble::means(const vaecollapse::Corpus& corpus) {
  std::vector<Latents> codes;
  for (TrainedModel& model : models_) codes.push_back(model.codes(corpus));
  return codes;
}

std::vector<Latents> Ensemble::drawn_codes(const vaecollapse::Corpus& corpus) {
  std::vector<Latents> codes;
  for (TrainedModel& model : models_) codes.push_back(model.drawn_codes(corpus));
  return codes;
}

std::vector<RankedGuesses> Ensemble::guess(const vaecollapse::Corpus& corpus,
                                           const std::vector<Latents>& codes, RowsOf source_of) {
  EnsembleList members;
  for (std::size_t i = 0; i < size(); ++i) {
    members.push_back(models_[i].member(codes[i], source_of));
  }
  const auto found = vaecollapse::decode_rows<float>(members, corpus, kit::decode_options(search_));
  return in_words(description().vocabulary, found);
}

vaecollapse::ElboRows Ensemble::elbo_rows(const vaecollapse::Corpus& corpus) {
  vaecollapse::ElboRows all = models_.front().elbo_rows(corpus);
  if (size() == 1) return all;
  for (std::size_t i = 1; i < size(); ++i) {
    const vaecollapse::ElboRows of_one = models_[i].elbo_rows(corpus);
    add_rates(of_one.rate, all.rate);
    add_rates(of_one.length_rate, all.length_rate);
  }
  all.nll = nll(corpus, own_rows(corpus));
  all.kl_per_dimension.clear();
  return all;
}

std::vector<double> Ensemble::nll_with_permuted_codes(const vaecollapse::Corpus& corpus) {
  return nll(corpus, models_.front().permuted_rows(corpus));
}

std::vector<double> Ensemble::nll(const vaecollapse::Corpus& corpus, RowsOf source_of) {
  const std::vector<Latents> codes = drawn_codes(corpus);
  EnsembleList members;
  for (std::size_t i = 0; i < size(); ++i) {
    members.push_back(models_[i].member(codes[i], source_of));
  }
  return vaecollapse::nll_rows<float>(members, corpus);
}

}  // namespace reinflection

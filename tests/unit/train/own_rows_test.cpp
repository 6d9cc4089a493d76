// The smallest type of rows that a batch can be cut from, through trainer and evaluation: what they
// find is what they find on the plain corpus.
#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/evaluate/ablation.hpp>
#include <vaecollapse/evaluate/codes.hpp>
#include <vaecollapse/evaluate/decode.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "unit/train/epoch_log.hpp"

using namespace vaecollapse;
using vaecollapse::test::EpochLog;

namespace {

constexpr Index symbols = Vocabulary::first_character + 4, all_tags = 3, all_rows = 40;

/// The numbers 0 to 39: four digits of base 3, to be turned round. A number's tag is its last
/// digit.
class Numbers {
 public:
  Numbers() {
    for (Index row = 0; row < all_rows; ++row) {
      Index rest = row;
      for (std::size_t place = 0; place < 4; ++place, rest /= 3) {
        const Symbol digit = static_cast<Symbol>(rest % 3);
        if (place == 0) tags_.push_back(digit);
        targets_.push_back(Vocabulary::first_character + digit);
      }
      sources_.insert(sources_.end(), targets_.rbegin(), targets_.rbegin() + 4);
    }
  }

  Index size() const { return all_rows; }
  std::span<const Symbol> source(Row row) const { return std::span(sources_).subspan(4 * row, 4); }
  std::span<const Symbol> target(Row row) const { return std::span(targets_).subspan(4 * row, 4); }
  std::span<const Symbol> tags(Row row) const { return std::span(tags_).subspan(row, 1); }

 private:
  std::vector<Symbol> sources_, targets_, tags_;
};

static_assert(SymbolRows<Numbers>);

Corpus plain(const Numbers& numbers) {
  Corpus corpus;
  for (Row row = 0; row < Row(numbers.size()); ++row) {
    corpus.add(numbers.source(row), numbers.target(row), numbers.tags(row));
  }
  return corpus;
}

using Network = SequenceVae<GruEncoder, GruDecoder, GaussianHead>;

/// A network trained on some rows, and what was found.
template <SymbolRows Rows>
struct Trained {
  Layout layout;
  GruEncoder encoder{layout, "encoder", {symbols, 8, 12}};
  GaussianHead posterior{layout, "posterior", {encoder.width(), 6}};
  GruDecoder decoder{
      layout,
      "decoder",
      {.symbols = symbols, .tags = all_tags, .embedding = 8, .hidden = 16, .latent = 6}};
  Network network{encoder, posterior, decoder};
  Parameters<float> parameters{layout, Seed{5}};
  Team team{1};
  EpochLog log;
  std::vector<float> posteriors;
  std::vector<Guesses> guesses;
  SymbolScores scores;

  explicit Trained(const Rows& rows) {
    Trainer trainer(Seq2SeqVae(network, Elbo(), NoDropout()), parameters, Adam<float>(), rows, rows,
                    {.epochs = 3, .batch = 8}, team);
    trainer.fit(log);
    Evaluation evaluation(network, parameters, team, {.batch = 7});
    posteriors = posterior_rows(evaluation, rows).z;
    guesses = decode_with_permuted_z(evaluation, rows);
    scores = score_symbols(rows, guesses);
  }
};

}  // namespace

TEST_CASE("rows of a program's own type train and are evaluated to the bits of the plain corpus") {
  const Numbers numbers;
  const Corpus corpus = plain(numbers);
  const Trained own(numbers);
  const Trained copied(corpus);
  CHECK(std::ranges::equal(own.parameters.values(), copied.parameters.values()));
  CHECK(own.posteriors == copied.posteriors);
  REQUIRE(own.log.epochs.size() == 3);
  CHECK(own.log.epochs.back().train_nll < own.log.epochs.front().train_nll);
  for (std::size_t epoch = 0; epoch < 3; ++epoch) {
    CHECK(own.log.epochs[epoch].train_nll == copied.log.epochs[epoch].train_nll);
    CHECK(own.log.epochs[epoch].dev_elbo == copied.log.epochs[epoch].dev_elbo);
    CHECK(own.log.epochs[epoch].dev_levenshtein == copied.log.epochs[epoch].dev_levenshtein);
  }
  REQUIRE(own.guesses.size() == all_rows);
  for (std::size_t row = 0; row < own.guesses.size(); ++row) {
    CHECK(own.guesses[row].front().ids == copied.guesses[row].front().ids);
  }
  CHECK(own.scores.levenshtein == copied.scores.levenshtein);
}

// The bag of characters: what is counted, the loss by its formula, and that only z pays for it.
#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/model/auxiliary.hpp>
#include <vaecollapse/model/bag_of_characters.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>

#include "support/values.hpp"

namespace vc = vaecollapse;
namespace reinflection = vaecollapse::reinflection;
using vaecollapse_test::column;
using vaecollapse_test::values;
using vc::Index;

namespace {

/// Symbols 3, 4, 5 and 6 are characters.
constexpr Index symbols = 7, latent = 2;

/// Words "3 4 3", "", "0 1 2 6 6 6": the last begins with unknown, start and end symbol.
struct Words {
  std::vector<std::vector<vc::Symbol>> ids{{3, 4, 3}, {}, {0, 1, 2, 6, 6, 6}};
  std::vector<Index> lengths{3, 0, 6};
  vc::SequencePlan plan{std::span<const Index>(lengths)};
  std::vector<vc::Symbol> columns = std::vector<vc::Symbol>(9);

  Words() {
    for (std::size_t row = 0; row < ids.size(); ++row) {
      for (std::size_t t = 0; t < ids[row].size(); ++t) {
        columns[static_cast<std::size_t>(plan.column(Index(row), Index(t)))] = ids[row][t];
      }
    }
  }
  vc::Symbols words() const { return {&plan, columns}; }
};

/// A batch of two examples, of the characters a, b and c.
struct Task {
  std::vector<reinflection::Example> examples{example(U"abba"), example(U"c")};
  vc::Vocabulary vocabulary = reinflection::vocabulary_of(examples);
  reinflection::Corpus corpus{examples, vocabulary, reinflection::Features::of(examples)};
  vc::Batch batch{corpus, std::vector<vc::Row>{0, 1}};

  static reinflection::Example example(std::u32string word) {
    reinflection::Example result;
    result.source = word;
    result.target = std::move(word);
    result.has_target = true;
    return result;
  }
};

/// The smallest auxiliary loss: a number.
struct SmallestLoss {
  double weight() const { return 2; }
  vc::Var<float, 0> operator()(vc::Tape<float>& tape, const vc::Posterior<float>&,
                               const vc::Batch&) const {
    const auto loss = tape.make<0>(vc::Shape<0>{});
    *loss.data() = 3;
    return loss;
  }
};

struct WithoutWeight {
  vc::Var<float, 0> operator()(vc::Tape<float>& tape, const vc::Posterior<float>&,
                               const vc::Batch&) const {
    return tape.make<0>(vc::Shape<0>{});
  }
};

static_assert(vc::AuxiliaryLoss<SmallestLoss> && vc::AuxiliaryLoss<vc::BagOfCharacters>);
static_assert(vc::AuxiliaryLoss<vc::OptionalLoss<vc::BagOfCharacters>>);
static_assert(!vc::AuxiliaryLoss<WithoutWeight> && !vc::AuxiliaryLoss<vc::Elbo>);

using Sum = decltype(vc::Elbo() + SmallestLoss());
static_assert(vc::TrainingObjective<vc::Elbo> && vc::TrainingObjective<Sum>);
static_assert(vc::TrainingObjective<decltype(std::declval<Sum>() + SmallestLoss())>);
// What is annealed, and what a controller owns, is the rate alone.
static_assert(!vc::RatePolicy<Sum> && !vc::TrainingObjective<SmallestLoss>);

}  // namespace

TEST_CASE("bag of characters: special symbols are not counted") {
  const Words words;
  const vc::Parameters<double> none{vc::Layout()};
  vc::Workspace<double> cx(none);
  using Column = std::vector<double>;
  const auto counts = vc::bag_of_characters(cx, words.words(), symbols, vc::BagEntries::counts);
  CHECK(column(counts, 0) == Column{2, 1, 0, 0});
  CHECK(column(counts, 1) == Column{0, 0, 0, 0});
  CHECK(column(counts, 2) == Column{0, 0, 0, 3});
  const auto shares = vc::bag_of_characters(cx, words.words(), symbols, vc::BagEntries::shares);
  CHECK(column(shares, 0) == Column{2.0 / 3, 1.0 / 3, 0, 0});
  CHECK(column(shares, 1) == Column{0, 0, 0, 0});
  CHECK(column(shares, 2) == Column{0, 0, 0, 0.5});
  const auto presence = vc::bag_of_characters(cx, words.words(), symbols, vc::BagEntries::presence);
  CHECK(column(presence, 0) == Column{1, 1, 0, 0});
  CHECK(column(presence, 2) == Column{0, 0, 0, 1});
}

TEST_CASE("bag of characters: the loss is the batch's mean, from z alone") {
  const Task task;
  vc::Layout layout;
  const vc::BagOfCharacters loss(layout, "bag", {latent, task.vocabulary.symbols()});
  REQUIRE(layout.find("bag.weight")->shape == vc::AnyShape(vc::Shape<2>{{latent, 3}}));
  vc::Parameters<double> parameters(layout, vc::Seed{1});
  vc::Workspace<double> cx(parameters);
  vc::Posterior<double> posterior;
  posterior.z = cx.make<2>(vc::Shape<2>{{latent, 2}});
  const double z[] = {0.5, -1, 2, 0.25};
  std::copy_n(z, 4, posterior.z.data());

  const auto w = parameters.values(*layout.find("bag.weight"));
  const auto bias = parameters.values(*layout.find("bag.bias"));
  const double bag[2][3] = {{2, 2, 0}, {0, 0, 1}};
  double expected = 0;
  for (std::size_t b = 0; b < 2; ++b) {
    double logits[3], sum = 0;
    for (std::size_t c = 0; c < 3; ++c) {
      logits[c] = bias[c] + w[2 * c] * z[2 * b] + w[2 * c + 1] * z[2 * b + 1];
      sum += std::exp(logits[c]);
    }
    for (std::size_t c = 0; c < 3; ++c) expected -= bag[b][c] * (logits[c] - std::log(sum)) / 2;
  }
  CHECK(loss(cx, posterior, task.batch).item() == doctest::Approx(expected).epsilon(1e-14));
  CHECK(loss.weight() == 1);
}

TEST_CASE("bag of characters: a weight out of range and shapes that differ are refused") {
  vc::Layout layout;
  CHECK_THROWS_WITH_AS(vc::BagOfCharacters(layout, "bag", {latent, symbols}, {.weight = -1}),
                       "BagOfCharacters: weight is -1.000000, it must be at least 0", vc::Error);
  const vc::Parameters<double> none{vc::Layout()};
  vc::Workspace<double> cx(none);
  const auto two = cx.make<2>(vc::Shape<2>{{2, 3}}), four = cx.make<2>(vc::Shape<2>{{4, 3}});
  CHECK_THROWS_WITH_AS(
      vc::bag_cross_entropy(cx, two, four),
      "bag_cross_entropy: logits is [2 x 3], bag is [4 x 3]: the shapes must be equal",
      vc::ShapeError);
}

TEST_CASE("auxiliary losses are added to an objective, in order, and may be missing") {
  const Task task;
  vc::Parameters<float> none{vc::Layout()};
  vc::Tape<float> tape(none);
  const vc::Posterior<float> posterior;
  const auto objective = vc::FreeBits<1>(7.0) + SmallestLoss() + vc::OptionalLoss<SmallestLoss>();
  CHECK(vc::rate_policy(objective).rate() == 7.0);
  const auto terms = vc::auxiliary_terms(tape, objective, posterior, task.batch);
  REQUIRE(terms.size() == 2);
  CHECK(terms[0].weight == 2);
  CHECK(terms[0].loss.item() == 3);
  CHECK(terms[1].weight == 0);
  CHECK(terms[1].loss.item() == 0);
  CHECK(vc::auxiliary_terms(tape, vc::Elbo(), posterior, task.batch).empty());
}

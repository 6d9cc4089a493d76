// Decoders of a cell whose state is more than its output: the first state fills all of it, steps
// and searches carry all of it, and only the output enters logits and attention.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/model/decode.hpp>
#include <vaecollapse/model/decoder.hpp>
#include <vaecollapse/model/encoder.hpp>
#include <vaecollapse/model/plain_decoder.hpp>
#include <vaecollapse/model/sample.hpp>
#include <vaecollapse/nn/cell.hpp>
#include <vaecollapse/nn/lstm.hpp>

#include "support/leaky_cell.hpp"
#include "support/values.hpp"

namespace vc = vaecollapse;
using vaecollapse_test::BiLeaky;
using vaecollapse_test::Leaky;
using vc::Index;
using vc::Symbol;

static_assert(vc::Cell<vc::Gru> && vc::AttendingCell<vc::Gru>);
static_assert(vc::AttendingCell<vc::Lstm> && !vc::Cell<vc::BiLstm>);
static_assert(vc::Cell<Leaky> && vc::AttendingCell<Leaky> && !vc::Cell<BiLeaky>);
static_assert(vc::Encoder<vc::RecurrentEncoder<Leaky>> &&
              vc::Encoder<vc::RecurrentEncoder<BiLeaky>>);
static_assert(vc::Decoder<vc::PlainDecoder<Leaky>> && vc::Decoder<vc::RecurrentDecoder<Leaky>>);

namespace {

constexpr Index leaky_symbols = 7, leaky_tags = 3, leaky_hidden = 6, leaky_latent = 3;

/// A decoder, and four rows with z and tags for it.
template <class D>
struct LeakyModel {
  static constexpr Index rows = 4;
  vc::Layout layout;
  D decoder;
  vc::Parameters<double> parameters;
  vc::Workspace<double> workspace{parameters};
  std::vector<Index> first_tag{0, 1, 1, 3, 4};
  std::vector<Symbol> tag_ids{2, 0, 1, 1};
  vc::Scope<vc::Workspace<double>> scope{workspace};
  vc::Conditions<double> given;

  template <class Sizes>
  explicit LeakyModel(const Sizes& sizes)
      : decoder(layout, "decoder", sizes), parameters(layout, vc::Seed{5}) {
    for (double& value : parameters.values()) value *= 3;
    // Words are long.
    parameters.values(*layout.find("decoder.output.bias"))[vc::Vocabulary::end] = -4;
    const auto z = workspace.make<2>(vc::Shape<2>{{leaky_latent, rows}});
    for (Index i = 0; i < z.size(); ++i) z.data()[i] = std::sin(1 + 5.7 * double(i));
    given = {.z = z, .tags = vc::TagSets(first_tag, tag_ids)};
  }

  /// log p of a word for a row, from one pass over the whole of it.
  double log_probability(Index row, const vc::Hypothesis& word) {
    std::vector<Index> lengths(rows, 0);
    vc::at(lengths, row) = Index(word.ids.size()) + (word.is_cut ? 0 : 1);
    std::vector<Symbol> inputs{vc::Vocabulary::start}, targets = word.ids;
    inputs.insert(inputs.end(), word.ids.begin(), word.ids.end());
    targets.push_back(vc::Vocabulary::end);
    inputs.resize(static_cast<std::size_t>(vc::at(lengths, row)));
    const vc::SequencePlan plan(lengths);
    const auto logits = decoder(workspace, given, vc::Symbols{&plan, inputs}).columns.view();
    double sum = 0;
    for (Index t = 0; t < logits.columns; ++t) {
      double all = 0;
      for (Index v = 0; v < logits.rows; ++v) all += std::exp(logits(v, t));
      sum += logits(vc::at(targets, t), t) - std::log(all);
    }
    return sum;
  }
};

vc::PlainDecoderSizes plain_sizes() {
  return {.symbols = leaky_symbols,
          .embedding = 4,
          .hidden = leaky_hidden,
          .latent = leaky_latent,
          .tags = leaky_tags};
}
vc::RecurrentDecoderSizes sizes_with(Index attention) {
  return {.symbols = leaky_symbols,
          .tags = leaky_tags,
          .embedding = 4,
          .hidden = leaky_hidden,
          .latent = leaky_latent,
          .attention = attention};
}

/// What every search finds has the probability that one pass over it gives.
template <class D, class Sizes>
void check_searches(const Sizes& sizes) {
  LeakyModel<D> model(sizes);
  CHECK(model.decoder.steps(model.workspace, model.given).start().rows == 2 * leaky_hidden);
  const auto check_words = [&](const std::vector<vc::Guesses>& guesses, std::size_t least) {
    std::size_t long_words = 0;
    REQUIRE(guesses.size() == std::size_t{model.rows});
    for (Index row = 0; row < model.rows; ++row) {
      CHECK(vc::at(guesses, row).size() >= least);
      for (const vc::Hypothesis& word : vc::at(guesses, row)) {
        CHECK(word.log_probability ==
              doctest::Approx(model.log_probability(row, word)).epsilon(1e-10));
        if (word.ids.size() > 2) ++long_words;
      }
    }
    CHECK(long_words > 0);
  };
  check_words(vc::greedy(model.workspace, model.decoder, model.given, {.longest = 6}), 1);
  check_words(vc::beam_search(model.workspace, model.decoder, model.given,
                              {.beam = 4, .nbest = 3, .longest = 6}),
              2);
  std::vector<std::uint32_t> rows(model.rows);
  std::iota(rows.begin(), rows.end(), 0U);
  std::vector<vc::Guesses> sampled;
  for (vc::Hypothesis& word : vc::sample_words(model.workspace, model.decoder, model.given,
                                               vc::Draws(3, 1), rows, {.longest = 6})) {
    sampled.push_back({std::move(word)});
  }
  check_words(sampled, 1);
}

}  // namespace

TEST_CASE("a cell with a state of its own: what searches find is as likely as one pass says") {
  check_searches<vc::PlainDecoder<Leaky>>(plain_sizes());
  check_searches<vc::RecurrentDecoder<Leaky>>(sizes_with(0));
  check_searches<vc::RecurrentDecoder<Leaky>>(sizes_with(5));
  check_searches<vc::PlainDecoder<vc::Lstm>>(plain_sizes());
  check_searches<vc::RecurrentDecoder<vc::Lstm>>(sizes_with(0));
  check_searches<vc::RecurrentDecoder<vc::Lstm>>(sizes_with(5));
}

TEST_CASE(
    "a cell with a state of its own: parameters bear its name, and the start fills the state") {
  const LeakyModel<vc::RecurrentDecoder<Leaky>> model(sizes_with(5));
  const auto shape = [&](const std::string& name) {
    const auto* entry = model.layout.find("decoder." + name);
    REQUIRE(entry != nullptr);
    return entry->shape;
  };
  CHECK(shape("leaky.weight_hh_l0") == vc::AnyShape(vc::Shape<2>{{leaky_hidden, leaky_hidden}}));
  CHECK(shape("initial.weight") ==
        vc::AnyShape(vc::Shape<2>{{leaky_latent + 4, 2 * leaky_hidden}}));
  CHECK(shape("output.weight") == vc::AnyShape(vc::Shape<2>{{leaky_hidden + 4, leaky_symbols}}));
  CHECK(shape("attention.query.weight") == vc::AnyShape(vc::Shape<2>{{leaky_hidden, 5}}));
}

TEST_CASE("a cell with a state of its own: the carried rows of the first state matter") {
  LeakyModel<vc::RecurrentDecoder<Leaky>> model(sizes_with(0));
  const vc::Hypothesis word{.ids = {3, 4, 5}};
  const double before = model.log_probability(0, word);
  const auto bias = model.parameters.values(*model.layout.find("decoder.initial.bias"));
  std::fill(bias.begin() + leaky_hidden, bias.end(), 2.0);
  CHECK(std::abs(model.log_probability(0, word) - before) > 1e-3);
}

namespace {

/// A layer of one's own that is a cell, and no more than `Cell` asks for: it has no name, cannot
/// attend, and shares no buffer with another direction.
class OwnCell {
 public:
  OwnCell(vc::Layout& layout, const std::string& name, const vc::CellSizes& sizes,
          vc::Direction direction = vc::Direction::forward)
      : inner_(layout, name, sizes, direction) {}
  Index width() const { return inner_.width(); }
  Index state_size() const { return inner_.state_size(); }
  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::RecurrentStates<Scalar> sequence(
      C& cx, std::type_identity_t<std::span<const vc::Contribution<Scalar>>> inputs,
      vc::KeptPlan plan, const vc::Var<Scalar, 2>& start = {}) const {
    return inner_.sequence(cx, inputs, plan, start);
  }
  template <vc::Context C, class Scalar = typename C::scalar_type>
  friend auto stepper_of(C& cx, const OwnCell& cell,
                         std::type_identity_t<std::span<const vc::Contribution<Scalar>>> inputs) {
    return stepper_of(cx, cell.inner_, inputs);
  }

 private:
  Leaky inner_;
};
static_assert(vc::Cell<OwnCell> && !vc::AttendingCell<OwnCell>);

}  // namespace

TEST_CASE(
    "a cell that is no more than `Cell` asks for, in a plain decoder and in both directions") {
  check_searches<vc::PlainDecoder<OwnCell>>(plain_sizes());
  vc::Layout layout, own_layout;
  const vc::Bidirectional<Leaky> both(layout, "both", {3, leaky_hidden});
  const vc::Bidirectional<OwnCell> own(own_layout, "both", {3, leaky_hidden});
  const vc::Parameters<double> parameters(layout, vc::Seed{7}), same(own_layout, vc::Seed{7});
  REQUIRE(layout.find("both.weight_hh_l0_reverse") != nullptr);
  const vc::SequencePlan plan(std::vector<Index>{2, 0, 3});
  const auto run = [&](const auto& layer, const vc::Parameters<double>& of_layer) {
    vc::Workspace<double> workspace(of_layer);
    const auto x = workspace.make<2>(vc::Shape<2>{{3, plan.columns()}});
    for (Index i = 0; i < x.size(); ++i) x.data()[i] = std::cos(2.3 * double(i));
    const auto found = layer(workspace, vc::Sequence<double>{x, &plan});
    auto all = vaecollapse_test::values(found.states.columns);
    for (const auto& more : {found.last(), found.last_state()}) {
      const auto of_more = vaecollapse_test::values(more);
      all.insert(all.end(), of_more.begin(), of_more.end());
    }
    CHECK(found.last().rows() == layer.width());
    CHECK(found.last_state().rows() == 2 * layer.width());
    return all;
  };
  CHECK(run(own, same) == run(both, parameters));
  CHECK(vc::cell_name<OwnCell>() == "recurrent");
}

// The plain decoder: it has parameters for what it reads and no others, its steps are its sequence,
// and a network gives it what there is.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/shape.hpp>
#include <vaecollapse/autodiff/ops/softmax_cross_entropy.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/evaluate/decode.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/model/decode.hpp>
#include <vaecollapse/model/encoder.hpp>
#include <vaecollapse/model/label_smoothing.hpp>
#include <vaecollapse/model/plain_decoder.hpp>
#include <vaecollapse/model/sequence_vae.hpp>

#include "support/tiny_corpus.hpp"
#include "support/values.hpp"

namespace vc = vaecollapse;
using vaecollapse_test::column;
using vaecollapse_test::greatest_difference;
using vaecollapse_test::TinyTask;
using vaecollapse_test::values;
using vc::Index;

static_assert(vc::Decoder<vc::PlainDecoder<>> && vc::DropsUnits<vc::PlainDecoder<>>);
static_assert(vc::PredictsTargets<vc::PlainDecoder<>>);
static_assert(!vc::MayBeParallel<vc::PlainDecoder<>> && !vc::HasContext<vc::PlainDecoder<>>);

namespace {

constexpr Index symbols = 6, embedding = 5, hidden = 7, latent = 3, rows = 4, tag_count = 3;

vc::PlainDecoderSizes sizes(Index context = 0, Index tags = 0) {
  return {.symbols = symbols,
          .embedding = embedding,
          .hidden = hidden,
          .latent = latent,
          .context = context,
          .tags = tags};
}

/// A decoder of such sizes, with rows for it.
struct Model {
  vc::Layout layout;
  vc::PlainDecoder<> decoder;
  vc::Parameters<double> parameters;
  vc::Workspace<double> workspace{parameters};
  std::vector<Index> lengths{2, 4, 1, 3}, first_tag{0, 1, 1, 3, 4};
  std::vector<vc::Symbol> tag_ids{2, 0, 1, 1}, ids{1, 1, 1, 1, 3, 4, 5, 3, 4, 5};
  vc::SequencePlan plan{std::span<const Index>(lengths)};

  explicit Model(const vc::PlainDecoderSizes& wanted)
      : decoder(layout, "decoder", wanted), parameters(layout, vc::Seed{4}) {
    for (double& value : parameters.values()) value *= 2;
  }

  /// Numbers that differ from row to row. \shape [size x rows]
  vc::Var<double, 2> numbers(Index size) {
    const auto x = workspace.make<2>(vc::Shape<2>{{size, rows}});
    for (Index i = 0; i < x.size(); ++i) x.data()[i] = std::sin(1 + 7.3 * static_cast<double>(i));
    return x;
  }
  vc::TagSets tags() const { return {first_tag, tag_ids}; }
  vc::Symbols inputs() const { return {&plan, ids}; }
};

}  // namespace

TEST_CASE("the plain decoder has parameters for what it reads") {
  const auto size_of = [](const vc::PlainDecoderSizes& wanted) {
    vc::Layout layout;
    const vc::PlainDecoder decoder(layout, "decoder", wanted);
    CHECK((layout.find("decoder.tags.weight") != nullptr) == (wanted.tags > 0));
    return layout.size();
  };
  // A row of c enters three gates and the first state.
  const Index plain = size_of(sizes()), of_row = 3 * hidden + hidden;
  CHECK(plain == symbols * embedding + (embedding + latent + hidden + 2) * 3 * hidden +
                     (latent + 1) * hidden + (hidden + 1) * symbols);
  CHECK(size_of(sizes(2)) == plain + 2 * of_row);
  CHECK(size_of(sizes(0, tag_count)) == plain + embedding * (of_row + tag_count));
}

TEST_CASE("the plain decoder's steps are its sequence") {
  for (const Index context : {0, 2}) {
    for (const Index tags : {Index{0}, tag_count}) {
      CAPTURE(context);
      CAPTURE(tags);
      Model model(sizes(context, tags));
      const vc::Scope scope(model.workspace);
      vc::Conditions<double> given{.z = model.numbers(latent), .tags = model.tags()};
      if (context > 0) given.context = model.numbers(context);
      const auto all = model.decoder(model.workspace, given, model.inputs()).columns;
      const auto steps = model.decoder.steps(model.workspace, given);
      const auto after = model.workspace.make<2>(vc::Shape<2>{{hidden, 1}});
      const auto logits = model.workspace.make<2>(vc::Shape<2>{{symbols, 1}});
      for (Index row = 0; row < rows; ++row) {
        std::vector<double> before(steps.start().column(row), steps.start().column(row) + hidden);
        for (Index t = 0; t < model.plan.length(row); ++t) {
          const Index at = model.plan.column(row, t);
          steps.step(model.workspace, std::span(model.ids).subspan(static_cast<std::size_t>(at), 1),
                     std::span(&row, 1), vc::View<const double>(before.data(), hidden, 1),
                     after.value_view(), logits.value_view());
          CHECK(greatest_difference(values(logits), column(all, at)) < 1e-12);
          before = values(after);
        }
      }
    }
  }
}

TEST_CASE("the plain decoder without conditions is a language model, from a state of zeros") {
  auto wanted = sizes();
  wanted.latent = 0;
  Model model(wanted);
  CHECK(model.layout.find("decoder.initial.weight") == nullptr);
  CHECK(model.layout.size() ==
        symbols * embedding + (embedding + hidden + 2) * 3 * hidden + (hidden + 1) * symbols);
  const vc::Conditions<double> given{.z = model.numbers(0)};
  const auto all = model.decoder(model.workspace, given, model.inputs()).columns;
  // All rows begin with the same symbol, and know nothing else.
  for (Index row = 1; row < rows; ++row) {
    CHECK(column(all, model.plan.column(row, 0)) == column(all, model.plan.column(0, 0)));
  }
  const auto steps = model.decoder.steps(model.workspace, given);
  REQUIRE(steps.start().columns == rows);
  CHECK(std::all_of(steps.start().data, steps.start().data + hidden * rows,
                    [](double x) { return x == 0; }));
  const auto after = model.workspace.make<2>(vc::Shape<2>{{hidden, rows}});
  const auto logits = model.workspace.make<2>(vc::Shape<2>{{symbols, rows}});
  const std::vector<Index> each{0, 1, 2, 3};
  steps.step(model.workspace, std::span(model.ids).first(rows), each, steps.start(),
             after.value_view(), logits.value_view());
  CHECK(greatest_difference(column(logits, 2), column(all, model.plan.column(2, 0))) < 1e-12);
}

TEST_CASE("tied weights are one table: it embeds, and it predicts") {
  auto wanted = sizes();
  wanted.tied = true;
  vc::Layout none;
  CHECK_THROWS_WITH_AS(vc::PlainDecoder(none, "decoder", wanted),
                       "decoder: hidden is 7 and embedding 5: tied weights need them equal",
                       vc::Error);
  wanted.hidden = embedding;
  auto apart = wanted;
  apart.tied = false;
  Model model(wanted);
  CHECK(model.layout.find("decoder.output.weight") == nullptr);
  Model twice(apart);
  CHECK(twice.layout.size() == model.layout.size() + embedding * symbols);
  // The same numbers in a model that has them twice.
  for (const vc::Layout::Entry& entry : twice.layout.entries()) {
    const auto* from = model.layout.find(entry.name);
    if (from == nullptr) from = model.layout.find("decoder.embedding.weight");
    const auto numbers = std::as_const(model.parameters).values(*from);
    std::ranges::copy(numbers, twice.parameters.values(entry).begin());
  }
  const auto logits = [](Model& of) {
    return values(of.decoder(of.workspace, {.z = of.numbers(latent)}, of.inputs()).columns);
  };
  CHECK(logits(model) == logits(twice));
}

namespace {

/// The NLL of rows in a step, and whether they are the rows of one.
std::vector<double> nll_of_rows(Model& model, double unit_rate, const vc::Draws& draws,
                                std::span<const std::uint32_t> corpus_rows) {
  const vc::kernels::UnitDropout units{.rate = unit_rate, .draws = draws, .rows = corpus_rows};
  return values(model.decoder.nll(model.workspace, {.z = model.numbers(latent)}, model.inputs(),
                                  model.inputs(), units, vc::LabelSmoothing()));
}

}  // namespace

TEST_CASE(
    "outputs are dropped in training alone, by draws that a row, a position and a unit have") {
  auto wanted = sizes();
  wanted.output_dropout = 0.5;
  Model model(wanted), never(sizes());
  const std::vector<std::uint32_t> some{8, 3, 5, 0}, others{8, 3, 6, 0};
  const vc::Draws draws(1, 7), later(1, 8), of_evaluation(1, 7, vc::Pass::evaluate);
  const auto plain = nll_of_rows(never, 0, draws, some);
  CHECK(nll_of_rows(model, 0, draws, {}) == plain);
  CHECK(nll_of_rows(model, 0, of_evaluation, some) == plain);
  const auto dropped = nll_of_rows(model, 0, draws, some);
  CHECK(dropped != plain);
  CHECK(nll_of_rows(model, 0, draws, some) == dropped);
  CHECK(nll_of_rows(model, 0, later, some) != dropped);
  const auto of_others = nll_of_rows(model, 0, draws, others);
  for (std::size_t row = 0; row < some.size(); ++row) {
    CAPTURE(row);
    CHECK((of_others[row] == dropped[row]) == (some[row] == others[row]));
  }
  CHECK(nll_of_rows(model, 0.5, draws, some) != dropped);
  vc::Layout layout;
  wanted.output_dropout = 1.5;
  CHECK_THROWS_WITH_AS(vc::PlainDecoder(layout, "decoder", wanted), doctest::Contains("p is 1.5"),
                       vc::Error);
}

TEST_CASE("the NLL of targets is that of the logits, smoothed or not, with a bias or without") {
  for (const bool has_biases : {true, false}) {
    auto wanted = sizes();
    wanted.has_biases = has_biases;
    wanted.output_dropout = 0.3;
    Model model(wanted);
    CHECK((model.layout.find("decoder.output.bias") != nullptr) == has_biases);
    CHECK((model.layout.find("decoder.initial.bias") != nullptr) == has_biases);
    const vc::Conditions<double> given{.z = model.numbers(latent)};
    const std::vector<std::uint32_t> some{8, 3, 5, 0};
    const vc::kernels::UnitDropout units{.rate = 0.2, .draws = vc::Draws(1, 7), .rows = some};
    for (const double smoothing : {0.0, 0.2}) {
      const auto logits = model.decoder(model.workspace, given, model.inputs(), units);
      const auto by_logits = vc::cross_entropy(model.workspace, logits, model.inputs(), smoothing);
      const auto found = model.decoder.nll(model.workspace, given, model.inputs(), model.inputs(),
                                           units, vc::LabelSmoothing(smoothing));
      CHECK(greatest_difference(values(found), values(by_logits)) < 1e-12);
    }
    // One step of decoding has the same logits.
    const auto steps = model.decoder.steps(model.workspace, given);
    const auto after = model.workspace.make<2>(vc::Shape<2>{{hidden, rows}});
    const auto logits = model.workspace.make<2>(vc::Shape<2>{{symbols, rows}});
    const std::vector<Index> each{0, 1, 2, 3};
    steps.step(model.workspace, std::span(model.ids).first(rows), each, steps.start(),
               after.value_view(), logits.value_view());
    const auto all = model.decoder(model.workspace, given, model.inputs()).columns;
    for (Index row = 0; row < rows; ++row) {
      CHECK(greatest_difference(column(logits, row), column(all, model.plan.column(row, 0))) <
            1e-12);
    }
  }
}

TEST_CASE("outputs are dropped by other draws than embeddings, and scaled up") {
  // With h constant, what is dropped of it can be read from logits that are h itself.
  constexpr Index wide = 400;
  vc::Layout layout;
  const vc::PlainDecoder<> decoder(
      layout, "decoder",
      {.symbols = wide, .embedding = wide, .hidden = wide, .latent = 1, .output_dropout = 0.25});
  vc::Parameters<double> parameters(layout);
  const auto fill = [&](const char* name, double value) {
    std::ranges::fill(parameters.values(*layout.find(name)), value);
  };
  // An update gate that keeps all makes every state the first.
  const auto gates = parameters.values(*layout.find("decoder.recurrent.bias_ih_l0"));
  std::fill_n(gates.begin() + wide, wide, 1e3);
  fill("decoder.initial.bias", 1);
  fill("decoder.embedding.weight", 1);
  const auto weights = parameters.values(*layout.find("decoder.output.weight"));
  for (std::size_t i = 0; i < std::size_t(wide); ++i) weights[i * std::size_t(wide) + i] = 1;
  vc::Workspace<double> workspace(parameters);
  const std::vector<Index> lengths{2};
  const vc::SequencePlan plan{std::span<const Index>(lengths)};
  const std::vector<vc::Symbol> ids{1, 1};
  const std::vector<std::uint32_t> row{9};
  const auto z = workspace.make<2>(vc::Shape<2>{{1, 1}});
  z.data()[0] = 0;
  const vc::Draws draws(3, 4);
  const auto logits =
      decoder(workspace, {.z = z}, {&plan, ids}, {.rate = 0, .draws = draws, .rows = row}).columns;
  const double kept = std::tanh(1.0) / 0.75;
  Index dropped = 0, as_embedding = 0;
  for (Index t = 0; t < 2; ++t) {
    for (Index i = 0; i < wide; ++i) {
      const double value = column(logits, t)[static_cast<std::size_t>(i)];
      const bool is_dropped = value == 0;
      CHECK((is_dropped || std::abs(value - kept) < 1e-12));
      dropped += is_dropped ? 1 : 0;
      const double of_embedding =
          draws.uniform(vc::Stream::embedding_dropout, 9, 0, static_cast<std::uint32_t>(t),
                        static_cast<std::uint32_t>(i));
      as_embedding += is_dropped == (of_embedding < 0.25) ? 1 : 0;
    }
  }
  // Of 800 draws 200 are expected, with deviation 12.2; independent ones agree in 500, with 13.7.
  // Five deviations: a false alarm in 1.7 million.
  CHECK(std::abs(static_cast<double>(dropped) - 200) < 62);
  CHECK(std::abs(static_cast<double>(as_embedding) - 500) < 69);
}

TEST_CASE("the plain decoder reads each condition that it is made for, and no other") {
  const auto logits = [](Index context, Index tags, bool with_tags, double shift) {
    Model model(sizes(context, tags));
    vc::Conditions<double> given{.z = model.numbers(latent)};
    if (with_tags) given.tags = model.tags();
    if (context > 0) {
      given.context = model.numbers(context);
      given.context.data()[0] += shift;
    }
    return values(model.decoder(model.workspace, given, model.inputs()).columns);
  };
  CHECK(logits(0, 0, true, 0) == logits(0, 0, false, 0));
  CHECK(logits(2, 0, false, 0) != logits(2, 0, false, 1));
  Model model(sizes(0, tag_count));
  const auto z = model.numbers(latent);
  const auto with =
      values(model.decoder(model.workspace, {z, model.tags()}, model.inputs()).columns);
  const std::vector<Index> none(rows + 1, 0);
  const vc::TagSets no_tags(none, std::span<const vc::Symbol>());
  CHECK(values(model.decoder(model.workspace, {z, no_tags}, model.inputs()).columns) != with);
}

TEST_CASE("the plain decoder refuses conditions of other sizes") {
  Model model(sizes(2));
  const auto z = model.numbers(latent), context = model.numbers(2);
  const std::string sentence =
      "z must have a row for each latent dimension, the context as many as the decoder was made "
      "for";
  const auto decode = [&](const vc::Conditions<double>& given) {
    model.decoder(model.workspace, given, model.inputs());
  };
  CHECK_THROWS_WITH_AS(decode({.z = z}), doctest::Contains(sentence.c_str()), vc::ShapeError);
  CHECK_THROWS_WITH_AS(decode({.z = context, .context = context}),
                       doctest::Contains(sentence.c_str()), vc::ShapeError);
  CHECK_THROWS_AS(vc::greedy(model.workspace, model.decoder, z), vc::ShapeError);
  CHECK_NOTHROW(decode({.z = z, .context = context}));
  const auto narrow = vc::middle_columns(model.workspace, context, 0, 1);
  CHECK_THROWS_WITH_AS(
      decode({.z = z, .context = narrow}),
      doctest::Contains("context is [2 x 1]: both must have a column for each row"),
      vc::ShapeError);
  Model tagged(sizes(0, tag_count));
  CHECK_THROWS_WITH_AS(
      tagged.decoder(tagged.workspace, {.z = tagged.numbers(latent)}, tagged.inputs()),
      doctest::Contains("sums of tags is ["), vc::ShapeError);
}

namespace {

/// A decoder whose context is the embedding of the row's class, which its tags name.
class OfClass : public vc::PlainDecoder<> {
 public:
  OfClass(vc::Layout& layout, Index classes, const vc::PlainDecoderSizes& sizes)
      : PlainDecoder(layout, "decoder", sizes),
        classes_(layout, "classes", {classes, sizes.context}) {}

  template <vc::Context C>
  auto context(C& cx, const vc::Batch& batch) const {
    return classes_.sum(cx, batch.tags());
  }

 private:
  vc::Embedding classes_;
};
static_assert(vc::HasContext<OfClass>);

}  // namespace

TEST_CASE("a network gives its decoder the context of a batch, in evaluation too") {
  const TinyTask task;
  vc::Layout layout;
  const vc::GruEncoder encoder(layout, "encoder", {task.vocabulary.symbols(), 8, 12});
  const vc::GaussianHead posterior(layout, "posterior", {encoder.width(), latent});
  const OfClass decoder(layout, task.features.size(),
                        {.symbols = task.vocabulary.symbols(),
                         .embedding = embedding,
                         .hidden = hidden,
                         .latent = latent,
                         .context = 4});
  const vc::SequenceVae network(encoder, posterior, decoder);
  const vc::Parameters<double> parameters(layout, vc::Seed{2});
  vc::Team team;
  vc::Evaluation evaluation(network, parameters, team);
  const std::vector<vc::Row> some{0, 1, 5, 2};
  const vc::Batch batch(task.corpus, some);
  auto& workspace = evaluation.workspace();
  const auto z = posterior.mean(network.encode(workspace, batch));
  const vc::Conditions<double> given{.z = z, .context = decoder.context(workspace, batch)};
  const auto by_hand =
      vc::cross_entropy(workspace, decoder(workspace, given, batch.inputs()), batch.targets());
  const auto found = network.reconstruct(workspace, z, batch, batch.inputs());
  CHECK(greatest_difference(values(found), values(by_hand)) < 1e-12);
  const auto guesses = vc::decode(workspace, decoder, given, *batch.source().plan);
  const auto of_corpus = vc::decode_rows(evaluation, task.corpus);
  for (std::size_t j = 0; j < some.size(); ++j) {
    CHECK(guesses[j].front().ids == of_corpus[some[j]].front().ids);
  }
}

namespace {

/// The smallest decoder whose latent is a sequence: z has the logits of all positions.
struct FromSequence {
  template <class Scalar>
  using latent = vc::Sequence<Scalar>;
  Index count;

  Index symbols() const { return count; }
  bool is_parallel() const { return true; }
  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Sequence<Scalar> operator()(C&, const vc::Conditions<Scalar, vc::Sequence<Scalar>>& given,
                                  const vc::Symbols& inputs) const {
    return {given.z.columns, inputs.plan};
  }
  struct Steps {
    vc::View<const float> start() const { return {}; }
    void step(vc::Workspace<float>&, std::span<const vc::Symbol>, std::span<const Index>,
              vc::View<const float>, vc::View<float>, vc::View<float>) const {}
  };
  template <vc::Context C, class Given>
  Steps steps(C&, const Given&) const {
    return {};
  }
};
static_assert(vc::Decoder<FromSequence> && vc::MayBeParallel<FromSequence>);

}  // namespace

TEST_CASE("a decoder may read a latent that is a sequence") {
  const vc::Parameters<float> none{vc::Layout()};
  vc::Workspace<float> workspace(none);
  const std::vector<Index> lengths{2, 2};
  const vc::SequencePlan plan{std::span<const Index>(lengths)};
  const auto columns = workspace.make<2>(vc::Shape<2>{{5, plan.columns()}});
  std::fill_n(columns.data(), columns.size(), 0.0f);
  columns.value_view()(3, plan.column(0, 0)) = 1;
  columns.value_view()(4, plan.column(0, 1)) = 1;
  columns.value_view()(4, plan.column(1, 0)) = 1;
  const auto guesses =
      vc::greedy(workspace, FromSequence{5}, vc::Sequence<float>{columns, &plan}, {.longest = 2});
  CHECK(guesses[0].front().ids == std::vector<vc::Symbol>{3, 4});
  CHECK(guesses[0].front().is_cut);
  CHECK(guesses[1].front().ids == std::vector<vc::Symbol>{4});
  CHECK_FALSE(guesses[1].front().is_cut);
}

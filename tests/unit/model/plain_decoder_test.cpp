// The plain decoder: it has parameters for what it reads and no others, its steps are its sequence,
// and a network gives it what there is.
#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/shape.hpp>
#include <vaecollapse/autodiff/ops/softmax_cross_entropy.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/evaluate/decode.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/model/decode.hpp>
#include <vaecollapse/model/encoder.hpp>
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
  CHECK(values(network.reconstruct(workspace, z, batch, batch.inputs())) == values(by_hand));
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

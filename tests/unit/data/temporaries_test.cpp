// A view may not outlive what it shows: what is named gives views, a temporary gives copies or does
// not compile. The sentences that the compilers show are held by tests/compile_fail.
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/sampler.hpp>
#include <vaecollapse/data/words.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/linear.hpp>

namespace vc = vaecollapse;

// Each concept asks whether a call compiles, of T, T& or const T&.
template <class T>
concept GivesSymbols = requires(T object) {
  vc::Symbols(std::forward<T>(object));
};
template <class T>
concept GivesShifted = requires(T object) {
  std::forward<T>(object).shifted();
};
template <class T>
concept GivesRows = requires(T object) {
  std::forward<T>(object).rows();
};
template <class T>
concept GivesSource = requires(T object) {
  std::forward<T>(object).source();
};
template <class T>
concept GivesInputs = requires(T object) {
  std::forward<T>(object).inputs();
};
template <class T>
concept GivesTargets = requires(T object) {
  std::forward<T>(object).targets();
};
template <class T>
concept GivesTags = requires(T object) {
  std::forward<T>(object).tags();
};
template <class T>
concept GivesValues = requires(T object) {
  std::forward<T>(object).values();
};
template <class T>
concept GivesGradients = requires(T object) {
  std::forward<T>(object).gradients();
};
template <class T>
concept GivesValuesOf = requires(T object, const vc::Layout::Entry& entry) {
  std::forward<T>(object).values(entry);
};
template <class T>
concept GivesOrder = requires(T object) {
  std::forward<T>(object).order();
};
template <class T>
concept FindsEntries = requires(T object) {
  std::forward<T>(object).find("name");
};
template <class T>
concept GivesWords = requires(T object) {
  std::forward<T>(object).source(0);
  std::forward<T>(object).target(0);
};
template <class T>
concept GivesBatches = requires(T object) {
  std::forward<T>(object)[0];
};
template <class T, class Context>
concept Embeds = requires(T words, Context& cx, const vc::Embedding& embed) {
  embed(cx, std::forward<T>(words));
  embed.columns(cx, std::forward<T>(words));
};
template <class Plan>
concept RunsOn = requires(Plan plan, vc::Tape<float>& tape, const vc::Gru& gru,
                          std::span<const vc::Contribution<float>> inputs) {
  gru.sequence(tape, inputs, std::forward<Plan>(plan));
};
template <class Plan>
concept MapsOn = requires(Plan plan, vc::Tape<float>& tape, const vc::Linear& linear,
                          std::span<const vc::Contribution<float>> inputs) {
  linear(tape, inputs, std::forward<Plan>(plan));
};

static_assert(GivesSymbols<vc::Words&> && GivesSymbols<const vc::Words&>);
static_assert(!GivesSymbols<vc::Words> && !GivesSymbols<const vc::Words>);
static_assert(GivesShifted<const vc::Words&> && !GivesShifted<vc::Words>);
static_assert(Embeds<const vc::Words&, vc::Tape<float>> && Embeds<vc::Symbols, vc::Tape<float>>);
static_assert(!Embeds<vc::Words, vc::Tape<float>> && !Embeds<vc::Words, vc::Workspace<float>>);

static_assert(GivesRows<const vc::Batch&> && !GivesRows<vc::Batch> && !GivesRows<const vc::Batch>);
static_assert(GivesSource<const vc::Batch&> && !GivesSource<vc::Batch>);
static_assert(GivesInputs<const vc::Batch&> && !GivesInputs<vc::Batch>);
static_assert(GivesTargets<const vc::Batch&> && !GivesTargets<vc::Batch>);
static_assert(GivesTags<const vc::Batch&> && !GivesTags<vc::Batch>);
static_assert(GivesWords<const vc::Corpus&> && !GivesWords<vc::Corpus>);

using Weights = vc::Parameters<float>;
static_assert(GivesValues<Weights&> && GivesValues<const Weights&>);
static_assert(!GivesValues<Weights> && !GivesValues<const Weights>);
static_assert(GivesGradients<Weights&> && GivesGradients<const Weights&>);
static_assert(!GivesGradients<Weights> && !GivesGradients<const Weights>);
static_assert(GivesValuesOf<Weights&> && GivesValuesOf<const Weights&> && !GivesValuesOf<Weights>);
static_assert(FindsEntries<const vc::Layout&> && !FindsEntries<vc::Layout>);

static_assert(GivesOrder<const vc::SequencePlan&> && !GivesOrder<vc::SequencePlan>);
static_assert(RunsOn<vc::SequencePlan&> && RunsOn<const vc::SequencePlan&>);
static_assert(!RunsOn<vc::SequencePlan> && !RunsOn<const vc::SequencePlan>);
static_assert(MapsOn<const vc::SequencePlan&> && !MapsOn<vc::SequencePlan>);

using Ids = std::vector<vc::Symbol>;
using Begins = std::vector<vc::Index>;
static_assert(std::is_constructible_v<vc::Symbols, const vc::SequencePlan*, const Ids&>);
static_assert(!std::is_constructible_v<vc::Symbols, const vc::SequencePlan*, Ids>);
static_assert(std::is_constructible_v<vc::TagSets, const Begins&, const Ids&>);
static_assert(!std::is_constructible_v<vc::TagSets, Begins, const Ids&>);
static_assert(!std::is_constructible_v<vc::TagSets, const Begins&, Ids>);
static_assert(!std::is_constructible_v<vc::TagSets, Begins, Ids>);

static_assert(std::is_constructible_v<vc::Sampler<>, const vc::Corpus&, vc::Seed>);
static_assert(!std::is_constructible_v<vc::Sampler<>, vc::Corpus, vc::Seed>);
static_assert(GivesBatches<const vc::Batches&> && !GivesBatches<vc::Batches>);

static_assert(std::is_constructible_v<vc::Workspace<float>, Weights&>);
static_assert(!std::is_constructible_v<vc::Workspace<float>, Weights>);
static_assert(!std::is_constructible_v<vc::Workspace<float>, const Weights, vc::Team&>);
static_assert(!std::is_constructible_v<vc::Tape<float>, Weights>);

TEST_CASE("temporaries give copies of what they own") {
  const auto make = [] { return vc::Words::from({"ev", "kitap"}); };
  const vc::Vocabulary& kept = make().vocabulary();
  CHECK(kept == make().vocabulary());
  std::u32string characters;
  for (const char32_t one : make().vocabulary().characters()) characters += one;
  CHECK(characters == U"aeikptv");

  const auto parameters = [] {
    vc::Layout layout;
    layout.add("w", vc::Shape<1>{{3}}, vc::Init::zeros());
    return vc::Parameters<float>(layout);
  };
  std::string entries;
  for (const vc::Layout::Entry& entry : parameters().layout().entries()) entries += entry.name;
  CHECK(entries == "w");
}

TEST_CASE("the batches of a temporary sampler are those of one with a name") {
  vc::Corpus corpus;
  for (int i = 0; i < 5; ++i) corpus.add({}, Ids{3, 4});
  vc::Sampler sampler(corpus, vc::Seed{1}, {.batch = 2});
  const auto rows = [](const vc::Batches& batches) {
    std::vector<vc::Row> all;
    for (const auto batch : batches) all.insert(all.end(), batch.begin(), batch.end());
    return all;
  };
  const vc::Batches& kept = vc::Sampler(corpus, vc::Seed{1}, {.batch = 2}).epoch(3);
  CHECK(kept.size() == 3);
  CHECK(rows(kept) == rows(sampler.epoch(3)));
}

TEST_CASE("what a GRU leaves behind is a value") {
  const auto words = vc::Words::from({"ev", "kitap"});
  vc::Layout layout;
  const vc::Embedding embed(layout, "embed", {.symbols = words.symbols(), .width = 3});
  const vc::Gru gru(layout, "gru", {.input = 3, .hidden = 4});
  const vc::Parameters<float> parameters(layout, vc::Seed{1});
  vc::Workspace<float> ws(parameters);
  const vc::Var<float, 2>& last = gru(ws, embed(ws, words)).last();
  const vc::Sequence<float>& states = gru(ws, embed(ws, words.shifted()));
  CHECK(last.shape() == vc::Shape<2>{{4, 2}});
  CHECK(states.columns.rows() == 4);
  CHECK(states.plan->batch() == 2);
}

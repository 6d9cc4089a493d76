// The networks of sentences, the whole way: parameters and their start, training that stops and
// goes on, threads, evaluation and diagnosis, and words; with z, and without, a language model.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/diagnose/diagnose.hpp>
#include <vaecollapse/dropout/chain.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/dropout/embedding.hpp>
#include <vaecollapse/evaluate/elbo.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/evaluate/importance_weights.hpp>
#include <vaecollapse/evaluate/probing.hpp>
#include <vaecollapse/latent/mixture_prior.hpp>
#include <vaecollapse/model/decode.hpp>
#include <vaecollapse/model/sample.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/lstm.hpp>
#include <vaecollapse/objective/any.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/tasks/text/network.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support/tiny_words.hpp"
#include "support/values.hpp"
#include "unit/train/support.hpp"

using namespace vaecollapse;
using vaecollapse::test::Snapshot;
using vaecollapse::test::StoppingLog;
using vaecollapse_test::values;

namespace {

std::vector<std::string> declared_names(const Layout& layout) {
  std::vector<std::string> names;
  for (const Layout::Entry& entry : layout.entries()) names.push_back(entry.name);
  return names;
}

constexpr Index tiny_latent = 3;

text::Sizes tiny_sizes(Index symbols, Index latent) {
  return {.symbols = symbols,
          .embedding = 8,
          .hidden = 8,
          .latent = latent,
          .tied = true,
          .output_dropout = 0.2};
}

using WordsAndUnits = Chain<CharacterDropout<0.2>, EmbeddingDropout<0.1>>;

/// Words as sentences of characters, each its own source, and a network in training.
struct TextRun {
  using Model = Seq2SeqVae<AnyEncoder, PlainDecoder<AnyCell>, AnyObjective, WordsAndUnits>;
  using TextTrainer = Trainer<Model, Adam<float>, Corpus, DevElbo>;

  std::vector<std::u32string> words = vaecollapse_test::tiny_words();
  Vocabulary vocabulary = Vocabulary::of(words);
  Corpus corpus = vaecollapse_test::corpus_of_words(words, vocabulary);
  Layout layout;
  text::Network network;
  Parameters<float> parameters;
  Team team;
  TextTrainer trainer;
  StoppingLog<TextTrainer> log{trainer};

  explicit TextRun(Index latent, std::uint64_t epochs, int threads = 1)
      : network(text::make_network(layout, tiny_sizes(vocabulary.symbols(), latent),
                                   text::cells<Lstm>())),
        parameters(layout, Seed{3}),
        team(threads),
        trainer(Model(network, objective(latent), WordsAndUnits()), parameters, Adam<float>(),
                corpus, corpus,
                {.epochs = epochs, .batch = 9, .learning_rate = 1e-2, .seed = Seed{5}}, team,
                DevElbo()) {}

  static AnyObjective objective(Index latent) {
    if (latent == 0) return Elbo();
    return FreeBits<1>(6.0);
  }
  TextRun& run() {
    trainer.fit(log);
    return *this;
  }
};

/// What a decoder finds for z.
struct FoundFromZ {
  std::vector<float> nll;
  std::vector<std::vector<Symbol>> words;
  friend bool operator==(const FoundFromZ&, const FoundFromZ&) = default;
};

}  // namespace

TEST_CASE("a network of sentences declares its parameters under encoder, posterior and decoder") {
  Layout with_z, language_model, tied;
  text::Sizes sizes{.symbols = 7, .embedding = 5, .hidden = 6, .latent = 2};
  text::make_network(with_z, sizes, text::cells<Gru>());
  CHECK(declared_names(with_z) ==
        std::vector<std::string>{
            "encoder.embedding.weight", "encoder.gru.weight_ih_l0", "encoder.gru.weight_hh_l0",
            "encoder.gru.bias_ih_l0", "encoder.gru.bias_hh_l0", "posterior.mu.weight",
            "posterior.mu.bias", "posterior.logvar.weight", "posterior.logvar.bias",
            "decoder.embedding.weight", "decoder.recurrent.weight_ih_l0",
            "decoder.recurrent.weight_hh_l0", "decoder.recurrent.bias_ih_l0",
            "decoder.recurrent.bias_hh_l0", "decoder.initial.weight", "decoder.initial.bias",
            "decoder.output.weight", "decoder.output.bias"});
  CHECK_THROWS_WITH_AS(text::make_language_model(language_model, sizes, text::cells<Gru>()),
                       "language model: latent is 2: it has no z, so that must be 0", Error);
  sizes.latent = 0;
  text::make_network(language_model, sizes, text::cells<Gru>());
  CHECK(declared_names(language_model) ==
        std::vector<std::string>{"decoder.embedding.weight", "decoder.recurrent.weight_ih_l0",
                                 "decoder.recurrent.weight_hh_l0", "decoder.recurrent.bias_ih_l0",
                                 "decoder.recurrent.bias_hh_l0", "decoder.output.weight",
                                 "decoder.output.bias"});
  Layout without_biases;
  text::make_network(without_biases,
                     {.symbols = 7, .embedding = 5, .hidden = 6, .latent = 2, .has_biases = false},
                     text::cells<Gru>());
  std::vector<std::string> expected = declared_names(with_z);
  std::erase_if(expected, [](const std::string& name) { return name.ends_with(".bias"); });
  CHECK(expected.size() == 14);
  CHECK(declared_names(without_biases) == expected);
  CHECK_THROWS_AS(
      text::make_network(tied, {.symbols = 7, .embedding = 5, .hidden = 6, .tied = true},
                         text::cells<Lstm>()),
      Error);
}

TEST_CASE("the published start: weights within .01, embeddings within .1, and a prior as it was") {
  const auto layout_of = [](text::Initial initial) {
    Layout layout;
    text::make_network(layout,
                       {.symbols = 50,
                        .embedding = 20,
                        .hidden = 20,
                        .latent = 4,
                        .tied = true,
                        .initial = initial},
                       text::cells<Lstm>(), [&](Index code) -> AnyPosterior {
                         return MixturePriorHead(layout, "posterior",
                                                 GaussianHead(layout, "posterior", {code, 4}), 3);
                       });
    return layout;
  };
  const Layout usual = layout_of(text::Initial::usual);
  const Layout published = layout_of(text::Initial::published);
  CHECK(published.hash() == usual.hash());
  const Parameters<double> drawn(published, Seed{2}), drawn_usually(usual, Seed{2});
  Index within = 0;
  for (const Layout::Entry& entry : published.entries()) {
    CAPTURE(entry.name);
    const auto numbers = drawn.values(entry);
    const auto [least, most] = std::ranges::minmax(numbers);
    const bool is_embedding = entry.name.ends_with("embedding.weight");
    if (entry.name.starts_with("prior")) {
      CHECK(std::ranges::equal(numbers, drawn_usually.values(*usual.find(entry.name))));
    } else {
      const double bound = is_embedding ? 0.1 : 0.01;
      CHECK(std::max(-least, most) <= bound);
      // Of so many as 4 draws none lies in the outer half once in 16 cases; of 20, never.
      if (numbers.size() >= 20) CHECK(std::max(-least, most) > bound / 2);
      ++within;
    }
  }
  CHECK(within == 17);
}

TEST_CASE("the decoder of sentences knows the source by z alone") {
  // Two corpora of equal targets whose sources differ.
  TextRun run(tiny_latent, 1);
  Corpus others;
  for (Row row = 0; row < Row(run.corpus.size()); ++row) {
    others.add(run.corpus.source(Row(run.corpus.size()) - 1 - row), run.corpus.target(row));
  }
  const std::vector<Row> rows{0, 4, 7, 30, 80};
  const Batch own(run.corpus, rows), other(others, rows);
  Workspace<float> workspace(run.parameters, run.team);
  const auto q_of_own = run.network.encode(workspace, own);
  const auto z = run.network.posterior().mean(q_of_own);
  CHECK(values(z) != values(run.network.posterior().mean(run.network.encode(workspace, other))));
  const auto found_with = [&](const Batch& batch, const Var<float, 2>& of_rows) {
    const auto given = run.network.conditioning(workspace, of_rows, batch);
    FoundFromZ found{values(run.network.nll(workspace, given, batch, batch.inputs(), {})), {}};
    const auto keep = [&](const Hypothesis& word) { found.words.push_back(word.ids); };
    const auto& decoder = run.network.decoder();
    for (const auto& guesses : greedy(workspace, decoder, given, {.longest = 9})) {
      keep(guesses.front());
    }
    for (const auto& guesses : beam_search(workspace, decoder, given, {.beam = 3, .longest = 9})) {
      keep(guesses.front());
    }
    for (const auto& word :
         sample_words(workspace, decoder, given, Draws(4, 0), rows, {.longest = 9})) {
      keep(word);
    }
    return found;
  };
  const FoundFromZ by_own = found_with(own, z);
  CHECK(found_with(other, z) == by_own);
  // And it does know z.
  const auto moved = workspace.make<2>(z.shape());
  std::transform(z.data(), z.data() + z.size(), moved.data(), [](float x) { return x + 3; });
  CHECK(found_with(own, moved) != by_own);
}

TEST_CASE("a network of sentences goes on after any step with the same bits, on any threads") {
  for (const Index latent : {Index{0}, tiny_latent}) {
    CAPTURE(latent);
    TextRun straight(latent, 2);
    const Snapshot end = Snapshot::of(straight.run().trainer);
    for (const std::uint64_t stop : {1u, 4u, 9u, 13u}) {
      CAPTURE(stop);
      TextRun begun(latent, 2), resumed(latent, 2, 1 + static_cast<int>(stop % 3));
      begun.log.stop_at = stop;
      Snapshot::of(begun.run().trainer).load(resumed.trainer);
      CHECK(Snapshot::of(resumed.run().trainer) == end);
      CHECK(resumed.log.epochs.back().dev_elbo == straight.log.epochs.back().dev_elbo);
    }
  }
}

TEST_CASE("a VAE of sentences learns, holds its rate and uses z") {
  TextRun run(tiny_latent, 150);
  run.run();
  CHECK(run.log.epochs.back().train_nll < 0.7 * run.log.epochs.front().train_nll);
  Evaluation evaluation(run.network, run.parameters, run.team);
  Probing probing(run.network, run.parameters, run.team);
  const Diagnosis found = diagnose(evaluation, probing, run.corpus, {.samples = 2});
  CHECK(found.elbo.rate > 3);
  CHECK(found.permuted.nll_rise.value > 1);
  CHECK_FALSE(found.verdict.has_collapsed());
}

TEST_CASE("a language model trains and is evaluated exactly, and what z would show is empty") {
  TextRun run(0, 60);
  run.run();
  const EpochReport& last = run.log.epochs.back();
  CHECK(last.train_nll < 0.8 * run.log.epochs.front().train_nll);
  // Of 3 x 3 x 3 x 3 words none is likelier than another: no model is better than ln 81.
  CHECK(last.dev_nll > std::log(81.0));
  CHECK(last.dev_nll < 1.5 * std::log(81.0));
  CHECK(last.dev_rate == 0);
  CHECK(last.train_rate == 0);
  CHECK(last.kl_per_dimension.empty());
  CHECK(last.signs == EarlySigns());

  Evaluation evaluation(run.network, run.parameters, run.team);
  Probing probing(run.network, run.parameters, run.team);
  const ElboRows rows = elbo_rows(evaluation, run.corpus);
  const auto weights = importance_weights(evaluation, run.corpus, 50);
  for (std::size_t row = 0; row < weights.size(); ++row) {
    CHECK(weights[row].count() == 1);
    CHECK(weights[row].nll() == doctest::Approx(rows.nll[row]).epsilon(1e-6));
  }
  const Diagnosis found = diagnose(evaluation, probing, run.corpus);
  CHECK(found.elbo.nll == doctest::Approx(rows.mean().nll).epsilon(1e-6));
  CHECK(found.elbo.rate == 0);
  REQUIRE(found.importance_weighted);
  CHECK(found.importance_weighted->nll.value == doctest::Approx(found.elbo.nll).epsilon(1e-6));
  // Four characters and an end for each word.
  CHECK(found.importance_weighted->perplexity ==
        doctest::Approx(std::exp(found.elbo.nll / 5)).epsilon(1e-6));
  CHECK(found.kl_per_dimension.empty());
  CHECK(found.active_units == 0);
  CHECK(is_nan(found.information.lower.value));
  CHECK_FALSE(found.prior);
  CHECK(found.zeroed.empty());
  CHECK(found.verdict.health == Health::unknown);
  CHECK(found.verdict.missing == std::vector<std::string>{"z: the model has none"});
  CHECK(found.left_out ==
        std::vector<std::string>{"the model has no z: every figure of z is left out"});
  CHECK(warnings(found).empty());
}

TEST_CASE("a language model writes: one likeliest word, better ones by a beam, and drawn ones") {
  TextRun run(0, 60);
  run.run();
  Workspace<float> workspace(run.parameters, run.team);
  const auto& decoder = run.network.decoder();
  const std::vector<Row> rows{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  const auto z = workspace.make<2>(Shape<2>{{0, Index(rows.size())}});
  run.network.posterior().sample_prior(workspace, Draws(1, 0), rows, z.value_view());
  const auto likeliest = greedy(workspace, decoder, z, {.longest = 9});
  const auto best = beam_search(workspace, decoder, z, {.beam = 4, .nbest = 2, .longest = 9});
  const auto drawn = sample_words(workspace, decoder, z, Draws(7, 0), rows, {.longest = 9});
  std::size_t known = 0;
  std::set<std::vector<Symbol>> different;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(likeliest[i].front().ids == likeliest[0].front().ids);
    CHECK(best[i].front().log_probability >= likeliest[i].front().log_probability - 1e-4);
    CHECK(best[i][1].ids != best[i][0].ids);
    known += std::ranges::count(run.words, run.vocabulary.decode(drawn[i].ids)) > 0 ? 1 : 0;
    different.insert(drawn[i].ids);
  }
  CHECK(2 * known > rows.size());
  CHECK(2 * different.size() > rows.size());
}

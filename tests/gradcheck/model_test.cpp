// The other layers, encoders, the decoder and the whole model against central differences.
#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/mixture_prior.hpp>
#include <vaecollapse/model/bag_of_characters.hpp>
#include <vaecollapse/model/sequence_vae.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>

#include "support.hpp"

using namespace gradcheck_test;

namespace {

/// A batch of words of several lengths, one source being empty.
class Data {
 public:
  Data() {
    add(U"evler", U"ev", {{"num", "SG"}});
    add(U"", U"evlerde", {{"num", "PL"}, {"case", "ESS"}});
    add(U"kitap", U"kitaplar", {});
    add(U"ev", U"", {{"num", "PL"}});
    const auto vocabulary = vc::reinflection::vocabulary_of(examples_);
    const auto features = vc::reinflection::Features::of(examples_);
    symbols = vocabulary.symbols();
    tags = features.size();
    batch = vc::Batch(vc::reinflection::Corpus(examples_, vocabulary, features),
                      std::vector<vc::Row>{0, 1, 2, 3});
  }
  vc::Batch batch;
  Index symbols = 0, tags = 0;

 private:
  void add(std::u32string source, std::u32string target,
           std::vector<vc::reinflection::Tag> labels) {
    vc::reinflection::Example example;
    example.source = std::move(source);
    example.target = std::move(target);
    example.tags = std::move(labels);
    example.has_target = true;
    examples_.push_back(std::move(example));
  }
  std::vector<vc::reinflection::Example> examples_;
};

/// The sum of all elements, so that terms of different shapes can be added.
template <int Rank>
vc::Var<double, 0> total(Tape& t, const vc::Var<double, Rank>& x) {
  const std::vector<double> ones(static_cast<std::size_t>(x.size()), 1.0);
  return vc::weighted_sum(t, x, ones);
}

}  // namespace

TEST_CASE("gradcheck: linear layer, on columns and on a sequence") {
  const Ragged batch;
  vc::Layout layout;
  const vc::Linear linear(layout, "linear", {3, 4});
  const auto x = matrix(layout, "x", 3, Ragged::columns);
  check(layout, [&](Tape& t) { return linear(t, t.parameter(x)); });
  check(layout, [&](Tape& t) {
    return linear(t, vc::Sequence<double>{t.parameter(x), &batch.plan}).columns;
  });
}

TEST_CASE("gradcheck: embedding layer") {
  const Ragged batch;
  vc::Layout layout;
  const vc::Embedding embedding(layout, "embedding", {Ragged::tags, 3});
  check(layout, [&](Tape& t) { return embedding.columns(t, batch.symbols_of_plan()).columns; });
  check(layout, [&](Tape& t) { return embedding.sum(t, batch.tag_sets()); });
}

TEST_CASE("gradcheck: Gaussian head") {
  vc::Layout layout;
  const vc::GaussianHead head(layout, "posterior", {4, 3});
  const auto code = matrix(layout, "code", 4, 5);
  const vc::Draws draws(7, 1);
  check(layout, [&](Tape& t) { return head(t, t.parameter(code), draws).z; });
  check(layout, [&](Tape& t) { return head(t, t.parameter(code), draws).kl; });
  check(layout, [&](Tape& t) { return head.mean(head.head(t, t.parameter(code))); });
}

TEST_CASE("gradcheck: encoders") {
  const Data data;
  vc::Layout layout;
  const vc::GruEncoder forward(layout, "forward", {data.symbols, 3, 4});
  const vc::BiGruEncoder both(layout, "both", {data.symbols, 3, 4});
  check(layout, [&](Tape& t) { return forward(t, data.batch); });
  check(layout, [&](Tape& t) { return both(t, data.batch); });
}

TEST_CASE("gradcheck: GRU decoder") {
  const Data data;
  vc::Layout layout;
  const auto z = matrix(layout, "z", 3, data.batch.size());
  const vc::GruDecoder decoder(layout, "decoder", {data.symbols, data.tags, 3, 4, 3});
  check(layout, [&](Tape& t) {
    return decoder(t, {t.parameter(z), data.batch.tags()}, data.batch.inputs()).columns;
  });
}

TEST_CASE("gradcheck: the whole model") {
  const Data data;
  vc::Layout layout;
  const vc::BiGruEncoder encoder(layout, "encoder", {data.symbols, 4, 5});
  const vc::GaussianHead posterior(layout, "posterior", {encoder.width(), 3});
  const vc::GruDecoder decoder(layout, "decoder", {data.symbols, data.tags, 4, 6, 3});
  const vc::SequenceVae model(encoder, posterior, decoder);
  check(layout, [&](Tape& t) {
    const auto terms = model.terms(t, data.batch, vc::Draws(7, 1), data.batch.inputs());
    return vc::add(t, total(t, terms.kl), total(t, terms.nll));
  });
}

TEST_CASE("gradcheck: the whole model with a bag of characters and a mixture prior") {
  const Data data;
  vc::Layout layout;
  const vc::BiGruEncoder encoder(layout, "encoder", {data.symbols, 4, 5, vc::BagEntries::counts});
  const vc::MixturePriorHead posterior(layout, "posterior", {encoder.width(), 3, 2});
  const vc::GruDecoder decoder(layout, "decoder", {data.symbols, data.tags, 4, 6, 3});
  const vc::BagOfCharacters bag(layout, "bag", {3, data.symbols});
  const vc::SequenceVae model(encoder, posterior, decoder);
  check(layout, [&](Tape& t) {
    const auto q = model.encode(t, data.batch);
    const auto z = posterior.sample(t, q, vc::Draws(7, 1), data.batch.rows());
    const auto kl = posterior.kl(t, q, z);
    const auto nll = model.reconstruct(t, z, data.batch, data.batch.inputs());
    const auto loss = bag(t, vc::Posterior<double>{q.mu, q.logvar, z, kl}, data.batch);
    return vc::add(t, loss, vc::add(t, total(t, kl), total(t, nll)));
  });
}

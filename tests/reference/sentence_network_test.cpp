// A VAE of sentences and language models on a ragged batch, loss and all gradients, against
// PyTorch.
#include "reference/sentence_network.hpp"

#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/no_latent.hpp>
#include <vaecollapse/model/encoder.hpp>
#include <vaecollapse/model/no_encoder.hpp>
#include <vaecollapse/model/plain_decoder.hpp>
#include <vaecollapse/model/sequence_vae.hpp>
#include <vaecollapse/model/step.hpp>
#include <vaecollapse/nn/lstm.hpp>
#include <vaecollapse/objective/elbo.hpp>

#include "reference/support.hpp"

using namespace reference_test;

namespace {

/// The stored sentences, each its own source.
vc::Batch stored_sentences(std::span<const int> counts, std::span<const int> ids) {
  vc::Corpus corpus;
  std::vector<vc::Row> rows;
  for (const int count : counts) {
    const std::vector<vc::Symbol> sentence(ids.begin(), ids.begin() + count);
    ids = ids.subspan(static_cast<std::size_t>(count));
    rows.push_back(static_cast<vc::Row>(corpus.size()));
    corpus.add(sentence, sentence);
  }
  return {corpus, rows};
}

template <class Scalar, class Stored>
void set_parameters(StoredParameters<Scalar>& parameters, const Stored& stored) {
  for (const auto& p : stored) {
    const auto size = static_cast<std::size_t>(p.size);
    parameters.set(p.name, {p.values, size}, {p.gradients, size});
  }
}

/// The NLL and the gradients of a language model.
template <class Scalar, class Stored>
void check_language_model(const vc::Batch& batch, const vc::PlainDecoderSizes& sizes,
                          const Stored& stored, std::span<const double> nll, double loss) {
  vc::Layout layout;
  const vc::SequenceVae model(vc::NoEncoder(), vc::NoLatent(),
                              vc::PlainDecoder<vc::Lstm>(layout, "decoder", sizes));
  StoredParameters<Scalar> parameters(layout);
  set_parameters(parameters, stored);
  vc::Tape<Scalar> tape(parameters.parameters());
  const vc::Scope scope(tape);
  const auto terms = model.terms(tape, batch, vc::Draws(1, 0), batch.inputs());
  check_value<Scalar>(terms.nll, nll);
  CHECK(terms.kl.size() == 0);
  const vc::Report report = vc::backward(tape, vc::Elbo(), terms);
  CHECK(report.loss == doctest::Approx(loss).epsilon(tolerance<Scalar>));
  parameters.check_gradients();
}

}  // namespace

TEST_CASE_TEMPLATE("reference: a VAE of sentences", Scalar, double, float) {
  namespace stored = vaecollapse::reference::sentence_vae;
  const vc::Batch batch = stored_sentences(stored::counts, stored::ids);
  vc::Layout layout;
  const vc::RecurrentEncoder<vc::Lstm> encoder(
      layout, "encoder", {stored::symbols, stored::embedding, stored::hidden});
  const vc::GaussianHead posterior(layout, "posterior", {encoder.width(), stored::latent});
  const vc::PlainDecoder<vc::Lstm> decoder(layout, "decoder",
                                           {.symbols = stored::symbols,
                                            .embedding = stored::embedding,
                                            .hidden = stored::hidden,
                                            .latent = stored::latent});
  const vc::SequenceVae model(encoder, posterior, decoder);
  StoredParameters<Scalar> parameters(layout);
  set_parameters(parameters, stored::parameters);

  vc::Tape<Scalar> tape(parameters.parameters());
  const vc::Scope scope(tape);
  const auto q = model.encode(tape, batch);
  const auto noise = tape.template make<2>(q.mu.shape());
  copy(std::span<const double>(stored::noise), noise.data());
  const auto z = vc::gaussian_sample(tape, q.mu, q.logvar, noise.view());
  const vc::VaeTerms<Scalar> terms{.nll = model.reconstruct(tape, z, batch, batch.inputs()),
                                   .kl = model.posterior().kl(tape, q)};
  check_value<Scalar>(terms.kl, stored::kl);
  check_value<Scalar>(terms.nll, stored::nll);
  const vc::Report report = vc::backward(tape, vc::Elbo(stored::kl_weight), terms);
  CHECK(report.loss == doctest::Approx(stored::loss).epsilon(tolerance<Scalar>));
  parameters.check_gradients();
}

TEST_CASE_TEMPLATE("reference: a language model with tied weights, and one without biases", Scalar,
                   double, float) {
  {
    namespace stored = vaecollapse::reference::language_model;
    check_language_model<Scalar>(stored_sentences(stored::counts, stored::ids),
                                 {.symbols = stored::symbols,
                                  .embedding = stored::embedding,
                                  .hidden = stored::hidden,
                                  .latent = 0,
                                  .tied = true},
                                 stored::parameters, stored::nll, stored::loss);
  }
  {
    namespace stored = vaecollapse::reference::without_biases;
    check_language_model<Scalar>(stored_sentences(stored::counts, stored::ids),
                                 {.symbols = stored::symbols,
                                  .embedding = stored::embedding,
                                  .hidden = stored::hidden,
                                  .latent = 0,
                                  .has_biases = false},
                                 stored::parameters, stored::nll, stored::loss);
  }
}

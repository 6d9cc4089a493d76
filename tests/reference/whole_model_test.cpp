// The whole network on a ragged batch, loss and all gradients, against PyTorch.
#include "reference/whole_model.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/model/sequence_vae.hpp>
#include <vaecollapse/model/step.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>

#include "reference/support.hpp"

using namespace reference_test;
namespace stored = vaecollapse::reference::whole_model;

namespace {

/// The stored ids as words and tags whose ids they are.
class StoredCorpus {
 public:
  StoredCorpus() {
    vc::Vocabulary vocabulary(U"abcde");
    std::vector<vc::reinflection::Example> examples(stored::batch);
    std::vector<vc::reinflection::Tag> all_tags;
    for (int tag = 0; tag < stored::tags; ++tag) all_tags.push_back(tag_of(tag));
    auto source = std::begin(stored::source_ids), target = std::begin(stored::target_ids),
         tag = std::begin(stored::tag_ids);
    for (std::size_t row = 0; row < examples.size(); ++row) {
      vc::reinflection::Example& example = examples[row];
      for (int i = 0; i < stored::source_counts[row]; ++i) {
        example.source += vocabulary.character(*source++);
      }
      for (int i = 0; i < stored::target_counts[row]; ++i) {
        example.target += vocabulary.character(*target++);
      }
      for (int i = 0; i < stored::tag_counts[row]; ++i) example.tags.push_back(tag_of(*tag++));
      example.has_target = true;
      rows_.push_back(static_cast<vc::Row>(row));
    }
    vc::reinflection::Example knows_all_tags;
    knows_all_tags.tags = all_tags;
    REQUIRE(vocabulary.symbols() == stored::symbols);
    const auto features =
        vc::reinflection::Features::of(std::vector<vc::reinflection::Example>{knows_all_tags});
    batch.assign(vc::reinflection::Corpus(examples, vocabulary, features), rows_);
  }
  vc::Batch batch;

 private:
  static vc::reinflection::Tag tag_of(int id) { return {"tag", std::to_string(id)}; }
  std::vector<vc::Row> rows_;
};

}  // namespace

TEST_CASE_TEMPLATE("reference: the whole model", Scalar, double, float) {
  const StoredCorpus corpus;
  const vc::Batch& batch = corpus.batch;
  vc::Layout layout;
  const vc::BiGruEncoder encoder(layout, "encoder",
                                 {stored::symbols, stored::embedding, stored::encoder_hidden});
  const vc::GaussianHead posterior(layout, "posterior", {encoder.width(), stored::latent});
  const vc::GruDecoder decoder(
      layout, "decoder",
      {stored::symbols, stored::tags, stored::embedding, stored::decoder_hidden, stored::latent});
  const vc::SequenceVae model(encoder, posterior, decoder);
  StoredParameters<Scalar> parameters(layout);
  for (const stored::Parameter& p : stored::parameters) {
    const auto size = static_cast<std::size_t>(p.size);
    parameters.set(p.name, {p.values, size}, {p.gradients, size});
  }

  vc::Tape<Scalar> tape(parameters.parameters());
  const vc::Scope scope(tape);
  const auto q = model.encode(tape, batch);
  const auto noise = tape.template make<2>(q.mu.shape());
  copy(std::span<const double>(stored::noise), noise.data());
  const auto z = vc::gaussian_sample(tape, q.mu, q.logvar, noise.view());
  const vc::VaeTerms<Scalar> terms{.nll = model.reconstruct(tape, z, batch, batch.inputs()),
                                   .kl = model.posterior().kl(tape, q)};
  check_value<Scalar>(q.mu, stored::mu);
  check_value<Scalar>(q.logvar, stored::logvar);
  check_value<Scalar>(terms.kl, stored::kl);
  check_value<Scalar>(terms.nll, stored::nll);

  const vc::Report report = vc::backward(tape, vc::Elbo(stored::kl_weight), terms);
  CHECK(report.loss == doctest::Approx(stored::loss).epsilon(tolerance<Scalar>));
  parameters.check_gradients();
}

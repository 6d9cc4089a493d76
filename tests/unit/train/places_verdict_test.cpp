// Verdicts on trained models of places: one whose decoder reads them, one that reads their number
// alone, and one that reads nothing of z.
#include <algorithm>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/diagnose/diagnose.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support.hpp"
#include "support/places_network.hpp"
#include "support/tiny_corpus.hpp"

namespace places_verdict {

using namespace vaecollapse;
using vaecollapse_test::MeanOfPlacesDecoder;

enum class Reads { places, length, nothing };

/// Given the mean over places, or the number of places in its stead, or zeros.
class PartDecoder : public MeanOfPlacesDecoder {
 public:
  PartDecoder(MeanOfPlacesDecoder whole, Reads reads)
      : MeanOfPlacesDecoder(std::move(whole)), reads_(reads) {}

  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> conditioning(C& cx, const Sequence<Scalar>& z) const {
    const auto mean = MeanOfPlacesDecoder::conditioning(cx, z);
    if (reads_ == Reads::places) return mean;
    const auto given = cx.template make<2>(mean.shape(), false);
    std::fill_n(given.value_view().data, given.size(), Scalar(0));
    for (Index row = 0; reads_ == Reads::length && row < z.plan->batch(); ++row) {
      given.value_view()(0, row) = static_cast<Scalar>(z.plan->length(row) - 4);
    }
    return given;
  }

 private:
  Reads reads_;
};

using Network = SequenceVae<PlacesEncoder<Gru>, PartDecoder, PlacesHead>;

Diagnosis trained(Reads reads) {
  vaecollapse_test::TinyTask task;
  Layout layout;
  const auto whole = vaecollapse_test::make_places_network(layout, task.vocabulary.symbols(),
                                                           task.features.size(), {.place = 4});
  const Network network(whole.encoder(), whole.posterior(), PartDecoder(whole.decoder(), reads));
  Parameters<float> parameters(layout, Seed{3});
  count_lengths(network, parameters, task.corpus);
  Team team;
  Trainer trainer(Seq2SeqVae(network, FreeBits<1>(15.0), NoDropout()), parameters, Adam<float>(),
                  task.corpus, task.corpus,
                  {.epochs = 40, .batch = 10, .learning_rate = 0.02, .probe = 0}, team);
  vaecollapse::test::StoppingLog<decltype(trainer)> log{trainer};
  trainer.fit(log);
  Evaluation evaluation(network, parameters, team);
  Probing probing(network, parameters, team);
  return diagnose(evaluation, probing, task.corpus, {.samples = 1, .probe_rows = 8});
}

}  // namespace places_verdict

TEST_CASE("trained models of places: healthy, by the length alone, and without z") {
  using places_verdict::Reads;
  using vaecollapse::Health;
  const vaecollapse::Diagnosis places = places_verdict::trained(Reads::places);
  INFO(places.verdict.evidence[0]);
  INFO(places.verdict.evidence[2]);
  CHECK(places.verdict.health == Health::healthy);
  CHECK(places.use_of_places->used(places.elbo.rate) > 1);

  const vaecollapse::Diagnosis length = places_verdict::trained(Reads::length);
  CHECK(length.verdict.health == Health::only_length_used);
  CHECK(length.verdict.has_collapsed());
  CHECK(length.use_of_places->permuted->nll_rise.value == doctest::Approx(0).epsilon(1e-6));

  const vaecollapse::Diagnosis nothing = places_verdict::trained(Reads::nothing);
  CHECK(nothing.verdict.health == Health::collapsed);
  CHECK(nothing.verdict.has_collapsed());
  CHECK(nothing.use_of_places->used(nothing.elbo.rate) == doctest::Approx(0).epsilon(1e-6));
}

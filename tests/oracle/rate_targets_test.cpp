// Objectives that target a rate, on a real model: sampled z, an encoder and a decoder, batches that
// differ. The rate of the last epochs is where the objective says, from wherever training begins.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/any.hpp>
#include <vaecollapse/objective/capacity.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/objective/hinge.hpp>
#include <vaecollapse/objective/mdr.hpp>
#include <vaecollapse/objective/soft_free_bits.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support/tiny_corpus.hpp"

namespace vc = vaecollapse;

namespace {

constexpr double target = 5;  // nats per word

using Model = vc::Seq2SeqVae<vc::BiGruEncoder, vc::GruDecoder, vc::AnyObjective, vc::NoDropout>;

struct Listener {
  std::vector<vc::EpochReport> epochs;
  void on_step(const vc::StepReport&) {}
  void on_epoch(const vc::EpochReport& epoch) { epochs.push_back(epoch); }
};

/// Where a training ends: the mean rate of its last epochs, since the rate of a batch swings.
struct Reached {
  double rate = 0;
  vc::EpochReport last;
};

/// A model that can be trained with one objective after the other.
class Run {
 public:
  Reached train(const vc::AnyObjective& objective, std::uint64_t epochs) {
    vc::Team team(1);
    vc::Trainer trainer(Model(task_.network, objective, vc::NoDropout()), parameters_,
                        vc::Adam<float>(), task_.corpus, task_.corpus,
                        {.epochs = epochs,
                         .batch = 24,
                         .learning_rate = 5e-3,
                         .schedule = {.warmup = 5, .decay = 0},
                         .seed = vc::Seed{5}},
                        team);
    Listener listener;
    trainer.fit(listener);
    return reached(listener.epochs);
  }

 private:
  static Reached reached(const std::vector<vc::EpochReport>& epochs) {
    constexpr std::size_t considered = 40;
    Reached result{.last = epochs.back()};
    for (std::size_t i = epochs.size() - considered; i < epochs.size(); ++i) {
      result.rate += epochs[i].train_rate / considered;
    }
    return result;
  }

  vaecollapse_test::TinyTask task_;
  vc::Parameters<float> parameters_{task_.layout, vc::Seed{3}};
};

/// Trains with `objective` a model that has collapsed, and one whose rate is far above the target.
template <class Check>
void from_both_sides(const vc::AnyObjective& objective, Check&& check) {
  for (const double free_nats : {0.0, 16.0}) {
    CAPTURE(free_nats);
    Run run;
    const double before = run.train(vc::FreeBits<1>(free_nats), 100).rate;
    CHECK((free_nats == 0 ? before < 0.1 * target : before > 2 * target));
    check(run.train(objective, 240));
  }
}

}  // namespace

TEST_CASE("MDR reaches its rate from below and from above") {
  from_both_sides(vc::MDR<>(target, {.learning_rate = 0.01}), [](const Reached& reached) {
    CHECK(std::abs(reached.rate / target - 1) < 0.05);
    const double multiplier = reached.last.multiplier;
    CHECK(multiplier > 0.5);
    CHECK(multiplier < 1);
    CHECK(reached.last.kl_weight == doctest::Approx(1 - multiplier).epsilon(1e-12));
  });
}

TEST_CASE("soft free bits holds its band from below and from above") {
  from_both_sides(vc::SoftFreeBits<>(target, {.alpha = 0.01}), [](const Reached& reached) {
    CHECK(reached.rate > 0.98 * target);
    CHECK(reached.rate < 1.05 * 1.02 * target);
    CHECK(reached.last.kl_weight < 0.3);
  });
}

TEST_CASE("the hinge reaches its rate from below and from above") {
  from_both_sides(vc::Hinge<>(target), [](const Reached& reached) {
    CHECK(std::abs(reached.rate / target - 1) < 0.03);
  });
}

TEST_CASE("the capacity takes the rate along from below and from above") {
  from_both_sides(vc::Capacity<>(target, {.steps = 300}), [](const Reached& reached) {
    CHECK(std::abs(reached.rate / target - 1) < 0.03);
  });
}

// A warm step of a trainer allocates nothing: with one part or two, under a plan that was erased,
// with all weights moving or some, with an average of them, and with smoothed labels.
#include <cstdint>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/objective/phased.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/optim/exponential_average.hpp>
#include <vaecollapse/train/plan/any.hpp>
#include <vaecollapse/train/plan/phased.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support/tiny_corpus.hpp"
#include "unit/allocation/counter.hpp"

namespace vc = vaecollapse;
using allocation_test::allocations;

namespace {

using Model =
    vc::Seq2SeqVae<vc::BiGruEncoder, vc::GruDecoder, vc::AnyObjective, vc::CharacterDropout<0.1>>;
using Rows = vc::reinflection::Corpus;
using Plan = vc::AnyPlan<vc::StepContext<Model, vc::Adam<float>, Rows>, Model::Network, Rows>;

/// The same batches in every epoch.
class Always {
 public:
  Always() {
    for (vc::Row row = 0; row < 72; ++row) batches_[row / 24].push_back(row);
  }
  vc::Index batches() const { return 3; }
  struct Thirds {
    const std::vector<vc::Row>* all;
    vc::Index size() const { return 3; }
    std::span<const vc::Row> operator[](vc::Index i) const { return all[i]; }
  };
  Thirds epoch(std::uint64_t) { return {batches_.data()}; }

 private:
  std::vector<std::vector<vc::Row>> batches_{3};
};

struct TwoParts {
  vc::Batch second{};
  template <class Context>
  vc::StepResult make(Context& context, std::span<const vc::Row> rows) {
    context.batch().assign(context.rows(), rows.first(12));
    context.differentiate(context.batch());
    second.assign(context.rows(), rows.subspan(12));
    context.differentiate(second, 0.5);
    return context.update();
  }
};

/// How much was asked for from the end of one step to that of the next.
struct Counts {
  long before = 0;
  std::vector<long> of_step = std::vector<long>(64);
  void on_step(const vc::StepReport& step) {
    of_step[step.step] = allocations - before;
    before = allocations;
  }
  void on_epoch(const vc::EpochReport&) { before = allocations; }
};

template <class Step>
void check_steps(int threads) {
  const vaecollapse_test::TinyTask task;
  vc::Team team(threads);
  vc::Parameters<float> parameters(task.layout, vc::Seed{1});
  const std::vector<vc::TrainingPhase> phases{{.epochs = 4},
                                              {.anew = {"decoder"}, .frozen = {"encoder"}}};
  vc::Trainer trainer(
      Model(task.network, vc::PhasedObjective<>({vc::Elbo(0.0), vc::FreeBits<1>(3.0)}),
            vc::CharacterDropout<0.1>{}, vc::LabelSmoothing(0.1)),
      parameters, vc::Adam<float>(), task.corpus, task.corpus, {.epochs = 8, .probe = 0}, team,
      Step(), Always(), Plan(vc::PhasedPlan(task.layout, phases)), vc::DevElbo(),
      vc::ExponentialAverage(0.9));
  Counts counts;
  trainer.fit(counts);
  for (const std::uint64_t step : {8u, 9u, 11u, 12u, 17u, 18u, 20u, 21u, 23u, 24u}) {
    CAPTURE(step);
    CHECK(counts.of_step[step] == 0);
  }
  CHECK(counts.of_step[1] > 0);
}

}  // namespace

TEST_CASE("a warm step of a trainer allocates nothing, in either phase of a plan") {
  for (const int threads : {1, 2, 3}) {
    check_steps<vc::PlainStep>(threads);
    check_steps<TwoParts>(threads);
  }
}

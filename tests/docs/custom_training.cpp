// The program of docs/how_to/custom_training.md: a training step, a criterion and a plan of one's
// own.
#include <cstdint>
#include <cstdio>
#include <span>
#include <string_view>

#include <vaecollapse/core/range.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support/tiny_words.hpp"

namespace vc = vaecollapse;

namespace mine {

struct InTwoParts {
  template <class Context>
  vc::StepResult make(Context& context, std::span<const vc::Row> rows) const {
    const auto half = rows.size() / 2;
    for (const auto part : {rows.first(half), rows.subspan(half)}) {
      if (part.empty()) continue;
      context.batch().assign(context.rows(), part);
      const double share = static_cast<double>(part.size()) / static_cast<double>(rows.size());
      context.differentiate(context.batch(), share);
    }
    return context.update();
  }
};

struct LowestNll {
  std::string_view name() const { return "nll"; }

  template <class Network, class Rows>
  vc::Score judge(vc::Evaluation<Network>&, const Rows&, vc::EpochReport& epoch) const {
    return {.value = epoch.dev_nll};
  }
  bool is_better(const vc::Score& one, const vc::Score& best) const {
    return one.value < best.value;
  }
};

struct EncoderLater {
  vc::ParameterRange decoder;
  std::uint64_t epochs = 0;

  vc::PhaseSpan span(std::uint64_t all) const {
    if (epochs < 2) return {.first = 0, .epochs = 2, .is_last = false};
    return {.first = 2, .epochs = all - 2, .is_last = true};
  }
  template <class Context>
  void before_step(Context& context) {
    context.set_moving(epochs < 2 ? &decoder : nullptr);
  }
  template <class Network, class Rows>
  void after_epoch(vc::Evaluation<Network>&, const Rows&, const vc::EpochReport&) {
    ++epochs;
  }
  void visit(vc::Visitor& visitor) { visitor("epochs", epochs); }
};

struct Print {
  void on_step(const vc::StepReport&) {}
  void on_epoch(const vc::EpochReport& epoch) {
    std::printf("epoch %d: %s %.2f%s\n", static_cast<int>(epoch.epoch), epoch.criterion.c_str(),
                epoch.criterion_value, epoch.best ? ", the best" : "");
  }
};

}  // namespace mine

int main() {
  const vaecollapse_test::TinyWords task;
  vc::Parameters<float> parameters(task.layout, vc::Seed{1});
  vc::Team team(1);
  const vc::Seq2SeqVae model(task.network, vc::FreeBits<1>(6.0), vc::NoDropout());
  const vc::Corpus& words = task.corpus;

  vc::Trainer trainer(model, parameters, vc::Adam<float>(), words, words,
                      {.epochs = 4, .batch = 16, .learning_rate = 1e-2}, team, mine::InTwoParts(),
                      mine::LowestNll(),
                      mine::EncoderLater{vc::ParameterRange(parameters.layout(), {"decoder"})},
                      vc::ConstantLearningRate());
  mine::Print print;
  trainer.fit(print);
}

// The program of docs/how_to/custom_training.md: a training step, a criterion and a plan of one's
// own.
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/vaecollapse.hpp>

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
  const std::u32string syllables[] = {U"ba", U"de", U"ki", U"mo", U"su", U"ta"};
  const vc::Vocabulary vocabulary(U"badekimosuta");
  vc::Corpus words;
  for (const std::u32string& one : syllables) {
    for (const std::u32string& other : syllables) {
      const std::vector<vc::Symbol> word = vocabulary.encode(one + other);
      words.add(word, word);
    }
  }

  vc::Layout layout;
  const vc::Index symbols = vocabulary.symbols();
  const vc::GruEncoder encoder(layout, "encoder", {symbols, 8, 16});
  const vc::GaussianHead posterior(layout, "posterior", {encoder.width(), 4});
  const vc::PlainDecoder decoder(layout, "decoder",
                                 {.symbols = symbols, .embedding = 8, .hidden = 24, .latent = 4});
  const vc::Seq2SeqVae model(vc::SequenceVae(encoder, posterior, decoder), vc::FreeBits<1>(6.0),
                             vc::NoDropout());
  vc::Parameters<float> parameters(layout, vc::Seed{1});
  vc::Team team(1);

  vc::Trainer trainer(model, parameters, vc::Adam<float>(), words, words,
                      {.epochs = 4, .batch = 6, .learning_rate = 1e-2}, team, mine::InTwoParts(),
                      mine::LowestNll(),
                      mine::EncoderLater{vc::ParameterRange(parameters.layout(), {"decoder"})},
                      vc::ConstantLearningRate());
  mine::Print print;
  trainer.fit(print);

  const vc::PhasedPlan plan(
      layout, {{.epochs = 3}, {.anew = {"decoder"}, .frozen = {"encoder.embedding"}}});
  const vc::PhasedObjective<> objective({vc::Elbo(0.0), vc::FreeBits<1>(60.0)});
  std::printf("%d phases, %d objectives\n", static_cast<int>(plan.phases()),
              static_cast<int>(objective.phases()));
  return 0;
}

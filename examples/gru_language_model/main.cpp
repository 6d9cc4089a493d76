// A character language model without any latent variable: one GRU that learns to predict the
// next character of a text file.
//   gru_language_model FILE [EPOCHS]
// Prints the bits that a character costs, epoch by epoch, and then some text of its own.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numbers>
#include <string>
#include <vector>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/ops/softmax_cross_entropy.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/linear.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/optim/clip.hpp>

namespace vc = vaecollapse;

namespace {

constexpr vc::Index rows = 16;   // pieces of text in a batch
constexpr vc::Index steps = 64;  // characters of a piece

/// Pieces of a text, next to each other, as inputs and as what follows each of them.
struct Pieces {
  vc::SequencePlan plan{std::vector<vc::Index>(rows, steps)};
  std::vector<vc::Symbol> inputs = std::vector<vc::Symbol>(rows * steps), targets = inputs;

  void take(const std::vector<vc::Symbol>& text, std::size_t first) {
    for (vc::Index row = 0; row < rows; ++row) {
      for (vc::Index t = 0; t < steps; ++t) {
        const auto column = static_cast<std::size_t>(plan.column(row, t));
        const std::size_t at = first + static_cast<std::size_t>(row * steps + t);
        inputs[column] = text[at];
        targets[column] = text[at + 1];
      }
    }
  }
};

struct LanguageModel {
  vc::Embedding embed;
  vc::Gru gru;
  vc::Linear output;

  LanguageModel(vc::Layout& layout, vc::Index symbols)
      : embed(layout, "embed", {.symbols = symbols, .width = 32}),
        gru(layout, "gru", {.input = 32, .hidden = 128}),
        output(layout, "output", {.input = 128, .output = symbols}) {}

  /// The logits of what comes next.
  template <vc::Context C>
  auto operator()(C& cx, const vc::Symbols& inputs) const {
    return output(cx, gru(cx, embed(cx, inputs)).states);
  }
};

/// The symbol at `share` of the way through the softmax of the logits.
vc::Symbol draw(const vc::Var<float, 2>& logits, double share) {
  const float* x = logits.data();
  const double normaliser = static_cast<double>(vc::kernels::log_sum_exp(logits.rows(), x));
  vc::Symbol symbol = 0;
  while (symbol + 1 < logits.rows()) {
    share -= std::exp(static_cast<double>(x[symbol]) - normaliser);
    if (share < 0) break;
    ++symbol;
  }
  return symbol;
}

/// Draws characters one after another, each from the model's distribution of the next one.
std::u32string dream(const LanguageModel& model, const vc::Parameters<float>& parameters,
                     const vc::Vocabulary& vocabulary, std::uint32_t length) {
  using Contribution = vc::Contribution<float>;
  vc::Workspace workspace(parameters);
  const vc::SequencePlan one(std::vector<vc::Index>{1});
  const vc::Draws draws(1, 0);
  std::u32string text;
  vc::Symbol last = vc::Vocabulary::first_character;
  Eigen::Tensor<float, 2> state(model.gru.hidden(), 1);
  state.setZero();
  for (std::uint32_t t = 0; t < length; ++t) {
    const vc::Scope scope(workspace);
    const vc::Symbols symbol{&one, {&last, 1}};
    const Contribution inputs[] = {Contribution::per_symbol(model.embed(workspace, symbol))};
    const auto h = model.gru.step(workspace, inputs, workspace.constant(state));
    last = draw(model.output(workspace, h), draws.uniform(vc::Stream::user, 0, 0, t, 0));
    text.push_back(vocabulary.character(last));
    state = h.tensor();
  }
  return text;
}

int train(const char* file, int epochs) {
  const std::u32string text = vc::utf8::decode(vc::read_text_file(file));
  const vc::Vocabulary vocabulary(text);
  const std::vector<vc::Symbol> ids = vocabulary.encode(text);
  const std::size_t batch = rows * steps;
  if (ids.size() <= batch) vc::raise(vc::Error("the text is too short for one batch"));

  vc::Layout layout;
  const LanguageModel model(layout, vocabulary.symbols());
  vc::Parameters<float> parameters(layout, vc::Seed{1});
  vc::Tape tape(parameters);
  vc::Adam adam({.learning_rate = 4e-3});
  Pieces pieces;
  const std::vector<float> mean(rows, 1.0f / static_cast<float>(batch));  // nats per character
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    double nats = 0, batches = 0;
    for (std::size_t first = 0; first + batch < ids.size(); first += batch, ++batches) {
      const vc::Scope scope(tape);
      pieces.take(ids, first);
      const auto logits = model(tape, {&pieces.plan, pieces.inputs});
      const auto nll = vc::cross_entropy(tape, logits, {&pieces.plan, pieces.targets});
      const auto loss = vc::weighted_sum(tape, nll, mean);
      tape.backward(loss);
      adam.step(parameters, {.gradient_scale = vc::clip_by_norm(parameters, 1.0).scale});
      nats += static_cast<double>(loss.item());
    }
    std::printf("epoch %2d  %.2f bits per character\n", epoch, nats / batches / std::numbers::ln2);
  }
  std::printf("%s\n", vc::utf8::encode(dream(model, parameters, vocabulary, 200)).c_str());
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    if (count == 2 || count == 3) {
      return train(arguments[1], count == 3 ? std::atoi(arguments[2]) : 10);
    }
    std::fprintf(stderr, "usage: gru_language_model FILE [EPOCHS]\n");
  } catch (const vc::Error& error) {
    std::fprintf(stderr, "gru_language_model: %s\n", error.what());
  }
  return 2;
}

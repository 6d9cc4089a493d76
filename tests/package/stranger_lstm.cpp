// A stranger's LSTM classifier of public ops alone: in a word of noise, which of the first two
// letters of the alphabet stands last? It succeeds if 97 of 100 new words are classified rightly.
#include <cstdio>
#include <vector>

#include <vaecollapse/vaecollapse.hpp>

namespace vc = vaecollapse;
constexpr vc::Index steps = 8, letters = 4, hidden = 8, batch = 100;

struct Words {
  std::vector<vc::Symbol> at[steps], labels = std::vector<vc::Symbol>(batch);
  explicit Words(std::uint64_t number) {
    for (std::uint32_t i = 0; i < steps * batch; ++i) {
      const double share = vc::Draws(1, number).uniform(vc::Stream::user, i, 0, 0, 0);
      at[i / batch].push_back(vc::Symbol(letters * share));
      if (at[i / batch].back() < 2) labels[i % batch] = at[i / batch].back();
    }
  }
};

struct LstmClassifier {
  vc::Init start = vc::init::by_fan_in(hidden);
  vc::Layout layout;
  vc::Slot<2> input = layout.add("input", vc::Shape<2>{{4 * hidden, letters}}, start);
  vc::Slot<2> recurrent = layout.add("recurrent", vc::Shape<2>{{4 * hidden, hidden}}, start);
  vc::Slot<2> output = layout.add("output", vc::Shape<2>{{2, hidden}}, start);
  auto operator()(auto& cx, const Words& words) const {
    vc::Var<float, 2> h, c;
    for (const auto& symbols : words.at) {
      auto gates = vc::gather(cx, cx.parameter(input), symbols);
      if (h.size() > 0) gates = vc::add(cx, gates, vc::matmul(cx, cx.parameter(recurrent), h));
      const auto gate = [&](vc::Index i) { return vc::middle_rows(cx, gates, i * hidden, hidden); };
      const auto ig = vc::multiply(cx, vc::sigmoid(cx, gate(0)), vc::tanh(cx, gate(2)));
      c = c.size() > 0 ? vc::add(cx, vc::multiply(cx, vc::sigmoid(cx, gate(1)), c), ig) : ig;
      h = vc::multiply(cx, vc::sigmoid(cx, gate(3)), vc::tanh(cx, c));
    }
    return vc::matmul(cx, cx.parameter(output), h);
  }
};

int main() {
  const LstmClassifier classifier;
  vc::Parameters<float> parameters(classifier.layout, vc::Seed{1});
  vc::Tape tape(parameters);
  vc::Adam adam({.learning_rate = 0.04});
  for (std::uint64_t step = 1; step <= 80; ++step) {
    const vc::Scope scope(tape);
    const Words words(step);
    tape.backward(vc::mean(tape, vc::cross_entropy(tape, classifier(tape, words), words.labels)));
    adam.step(parameters);
  }
  vc::Workspace workspace(parameters);
  const Words words(0);
  const auto logits = classifier(workspace, words).view();
  int right = 0;
  for (int n = 0; n < batch; ++n) right += (logits(1, n) > logits(0, n)) == vc::at(words.labels, n);
  std::printf("%d of %d new words are right\n", right, int(batch));
  return right < 97;
}

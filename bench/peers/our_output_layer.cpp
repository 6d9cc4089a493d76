// Ours: `linear_cross_entropy`, and its numbers for the others.
#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/ops/linear_cross_entropy.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/team.hpp>

#include "peers/contender.hpp"

namespace vaecollapse::bench {
namespace {

class OurOutputLayer : public Contender {
 public:
  OurOutputLayer(const OutputLayerProblem& problem, int threads)
      : plan_(std::vector<Index>{problem.columns}),
        weights_(
            layout_.add("weights", Shape<2>{{problem.hidden, problem.symbols}}, Init::zeros())),
        bias_(layout_.add("bias", Shape<1>{{problem.symbols}}, Init::zeros())),
        states_(layout_.add("states", Shape<2>{{problem.hidden, problem.columns}}, Init::zeros())),
        parameters_(layout_),
        team_(threads),
        tape_(parameters_, team_) {
    float* const values = parameters_.values().data();
    std::copy(problem.weights.begin(), problem.weights.end(), values + weights_.offset);
    std::copy(problem.bias.begin(), problem.bias.end(), values + bias_.offset);
    std::copy(problem.states.begin(), problem.states.end(), values + states_.offset);
    for (const std::int64_t target : problem.targets) {
      targets_.push_back(static_cast<Symbol>(target));
    }
  }

  std::string name() const override { return "ours"; }

  void run() override { differentiate(); }

  std::vector<Agreed> outputs() override {
    parameters_.zero_gradients();
    const float nll = differentiate();
    return OutputLayerOutputs{{nll}, gradient(weights_), gradient(bias_), gradient(states_)}
        .agreed();
  }

 private:
  /// Adds to the gradients.
  float differentiate() {
    const Scope scope(tape_);
    const auto nll = linear_cross_entropy(tape_, tape_.parameter(weights_), tape_.parameter(bias_),
                                          Sequence<float>{tape_.parameter(states_), &plan_},
                                          Symbols{&plan_, targets_});
    tape_.backward(weighted_sum(tape_, nll, std::array{1.0F}));
    return *nll.data();
  }

  template <int Rank>
  std::vector<float> gradient(const Slot<Rank>& slot) {
    const float* first = parameters_.gradients().data() + slot.offset;
    return {first, first + slot.shape.size()};
  }

  SequencePlan plan_;
  Layout layout_;
  Slot<2> weights_;
  Slot<1> bias_;
  Slot<2> states_;
  Parameters<float> parameters_;
  Team team_;
  Tape<float> tape_;
  std::vector<Symbol> targets_;
};

}  // namespace

OutputLayerProblem make_output_layer_problem(const PeerShape& shape) {
  OutputLayerProblem problem{shape.hidden, shape.input, shape.steps * shape.batch, {}, {}, {}, {}};
  std::mt19937 generator(20240229);
  const auto fill = [&](std::vector<float>& numbers, std::int64_t count, float scale) {
    std::normal_distribution<float> normal(0, scale);
    for (std::int64_t i = 0; i < count; ++i) numbers.push_back(normal(generator));
  };
  fill(problem.weights, problem.symbols * problem.hidden,
       2 / std::sqrt(static_cast<float>(problem.hidden)));
  fill(problem.bias, problem.symbols, 1);
  fill(problem.states, problem.columns * problem.hidden, 1);
  std::uniform_int_distribution<std::int64_t> symbol(0, problem.symbols - 1);
  for (std::int64_t n = 0; n < problem.columns; ++n) problem.targets.push_back(symbol(generator));
  return problem;
}

std::vector<Agreed> OutputLayerOutputs::agreed() && {
  std::vector<Agreed> all;
  all.push_back({"sum of NLL", std::move(nll), value_tolerance});
  all.push_back({"gradient of the weights", std::move(dweights), weight_tolerance});
  all.push_back({"gradient of the bias", std::move(dbias), weight_tolerance});
  all.push_back({"gradient of the states", std::move(dstates), weight_tolerance});
  return all;
}

std::unique_ptr<Contender> make_our_output_layer(const OutputLayerProblem& problem, int threads) {
  return std::make_unique<OurOutputLayer>(problem, threads);
}

}  // namespace vaecollapse::bench

// libtorch: a linear layer and the cross-entropy of targets, under autograd.
#include <algorithm>
#include <torch/torch.h>

#include "peers/contender.hpp"
#include "peers/libtorch_step.hpp"

namespace vaecollapse::bench {
namespace {

class LibtorchOutputLayer : public Contender {
 public:
  explicit LibtorchOutputLayer(const OutputLayerProblem& problem)
      : weights_(learnt(problem.weights, {problem.symbols, problem.hidden})),
        bias_(learnt(problem.bias, {problem.symbols})),
        states_(learnt(problem.states, {problem.columns, problem.hidden})),
        targets_(tensor(problem.targets, problem.columns, 1).flatten()) {}

  std::string name() const override { return "libtorch"; }

  void run() override { differentiate(); }

  std::vector<Agreed> outputs() override {
    const auto [nll, gradients] = differentiate();
    return OutputLayerOutputs{numbers(nll), numbers(gradients[0]), numbers(gradients[1]),
                              numbers(gradients[2])}
        .agreed();
  }

 private:
  static torch::Tensor learnt(const std::vector<float>& values,
                              const std::vector<std::int64_t>& shape) {
    return tensor(values, shape).requires_grad_(true);
  }
  static std::vector<float> numbers(const torch::Tensor& tensor) {
    const auto flat = tensor.detach().contiguous();
    const float* first = flat.data_ptr<float>();
    return {first, first + flat.numel()};
  }

  /// The sum of all NLL, and its gradients, which are not added to the leaves' own.
  std::pair<torch::Tensor, torch::autograd::variable_list> differentiate() const {
    const auto nll = nn::functional::cross_entropy(
        nn::functional::linear(states_, weights_, bias_), targets_,
        nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum));
    return {nll, torch::autograd::grad({nll}, {weights_, bias_, states_})};
  }

  torch::Tensor weights_, bias_, states_, targets_;
};

}  // namespace

std::unique_ptr<Contender> make_libtorch_output_layer(const OutputLayerProblem& problem) {
  return std::make_unique<LibtorchOutputLayer>(problem);
}

}  // namespace vaecollapse::bench

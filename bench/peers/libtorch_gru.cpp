// libtorch's GRU: `at::gru`, which is all that `torch::nn::GRU` calls, under autograd, or without
// it for inference.
#include <algorithm>
#include <string>
#include <torch/torch.h>

#include "peers/contender.hpp"

namespace vaecollapse::bench {
namespace {

torch::Tensor tensor(const std::vector<float>& numbers, std::initializer_list<std::int64_t> shape,
                     bool learnt) {
  auto made = torch::empty(shape);
  std::copy(numbers.begin(), numbers.end(), made.data_ptr<float>());
  return made.requires_grad_(learnt);
}

std::vector<float> numbers(const torch::Tensor& tensor) {
  const auto flat = tensor.detach().contiguous();
  const float* first = flat.data_ptr<float>();
  return {first, first + flat.numel()};
}

class LibtorchGru : public Contender {
 public:
  LibtorchGru(const GruProblem& problem, Mode mode) : mode_(mode) {
    const auto [steps, batch, input, hidden] = problem.shape;
    const bool records = mode != Mode::inference;
    x_ = tensor(problem.x, {steps, batch, input}, records);
    h0_ = tensor(problem.h0, {1, batch, hidden}, records);
    weights_ = {tensor(problem.input_weights, {3 * hidden, input}, records),
                tensor(problem.recurrent_weights, {3 * hidden, hidden}, records),
                tensor(problem.input_bias, {3 * hidden}, records),
                tensor(problem.recurrent_bias, {3 * hidden}, records)};
    dstates_ = tensor(problem.dstates, {steps, batch, hidden}, false);
  }

  std::string name() const override { return "libtorch"; }

  void run() override {
    if (mode_ == Mode::inference) {
      const torch::InferenceMode guard;
      states();
    } else if (mode_ == Mode::forward) {
      states();
    } else {
      gradients(states());
    }
  }

  std::vector<Agreed> outputs() override {
    const auto h = states();
    GruOutputs outputs;
    outputs.states = numbers(h);
    if (mode_ == Mode::forward_backward) {
      const auto d = gradients(h);
      outputs.dx = numbers(d[0]);
      outputs.dh0 = numbers(d[1]);
      outputs.dinput_weights = numbers(d[2]);
      outputs.drecurrent_weights = numbers(d[3]);
      outputs.dinput_bias = numbers(d[4]);
      outputs.drecurrent_bias = numbers(d[5]);
    }
    return std::move(outputs).agreed();
  }

 private:
  torch::Tensor states() const {
    constexpr bool has_biases = true, bidirectional = false, batch_first = false;
    constexpr std::int64_t layers = 1;
    constexpr double dropout = 0;
    return std::get<0>(torch::gru(x_, h0_, weights_, has_biases, layers, dropout,
                                  mode_ != Mode::inference, bidirectional, batch_first));
  }

  /// Without adding them to the leaves' own, which would cost more.
  torch::autograd::variable_list gradients(const torch::Tensor& states) const {
    torch::autograd::variable_list leaves{x_, h0_};
    leaves.insert(leaves.end(), weights_.begin(), weights_.end());
    return torch::autograd::grad({states}, leaves, {dstates_});
  }

  Mode mode_;
  torch::Tensor x_, h0_, dstates_;
  std::vector<torch::Tensor> weights_;
};

}  // namespace

std::unique_ptr<Contender> make_libtorch_gru(const GruProblem& problem, Mode mode) {
  return std::make_unique<LibtorchGru>(problem, mode);
}

void set_libtorch_threads(int threads) { torch::set_num_threads(threads); }

std::string describe_libtorch() {
  // The only way to the instruction set in use that its public headers offer.
  const std::string config = at::show_config(), key = "CPU capability usage: ";
  const std::size_t found = config.find(key);
  const std::size_t begin = found == std::string::npos ? config.size() : found + key.size();
  return "libtorch " + std::to_string(TORCH_VERSION_MAJOR) + '.' +
         std::to_string(TORCH_VERSION_MINOR) + '.' + std::to_string(TORCH_VERSION_PATCH) + ' ' +
         config.substr(begin, config.find('\n', begin) - begin);
}

}  // namespace vaecollapse::bench

// libtorch's GRU and LSTM: `at::gru` and `at::lstm`, which are all that `torch::nn::GRU` and
// `torch::nn::LSTM` call, under autograd, or without it for inference.
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

class LibtorchLayer : public Contender {
 public:
  LibtorchLayer(const RecurrentProblem& problem, Mode mode) : mode_(mode) {
    const auto [steps, batch, input, hidden] = problem.shape;
    const std::int64_t gates = problem.gates() * hidden;
    const bool records = mode != Mode::inference;
    x_ = tensor(problem.x, {steps, batch, input}, records);
    start_ = {tensor(problem.h0, {1, batch, hidden}, records)};
    if (!problem.c0.empty()) start_.push_back(tensor(problem.c0, {1, batch, hidden}, records));
    weights_ = {tensor(problem.input_weights, {gates, input}, records),
                tensor(problem.recurrent_weights, {gates, hidden}, records),
                tensor(problem.input_bias, {gates}, records),
                tensor(problem.recurrent_bias, {gates}, records)};
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
    RecurrentOutputs outputs;
    outputs.states = numbers(h);
    if (mode_ == Mode::forward_backward) {
      const auto d = gradients(h);
      outputs.dx = numbers(d[0]);
      outputs.dh0 = numbers(d[1]);
      if (start_.size() > 1) outputs.dc0 = numbers(d[2]);
      const auto of_weights = d.end() - 4;
      outputs.dinput_weights = numbers(of_weights[0]);
      outputs.drecurrent_weights = numbers(of_weights[1]);
      outputs.dinput_bias = numbers(of_weights[2]);
      outputs.drecurrent_bias = numbers(of_weights[3]);
    }
    return std::move(outputs).agreed();
  }

 private:
  torch::Tensor states() const {
    constexpr bool has_biases = true, bidirectional = false, batch_first = false;
    constexpr std::int64_t layers = 1;
    constexpr double dropout = 0;
    const bool trains = mode_ != Mode::inference;
    if (start_.size() > 1) {
      return std::get<0>(torch::lstm(x_, start_, weights_, has_biases, layers, dropout, trains,
                                     bidirectional, batch_first));
    }
    return std::get<0>(torch::gru(x_, start_[0], weights_, has_biases, layers, dropout, trains,
                                  bidirectional, batch_first));
  }

  /// Without adding them to the leaves' own, which would cost more.
  torch::autograd::variable_list gradients(const torch::Tensor& states) const {
    torch::autograd::variable_list leaves{x_};
    leaves.insert(leaves.end(), start_.begin(), start_.end());
    leaves.insert(leaves.end(), weights_.begin(), weights_.end());
    return torch::autograd::grad({states}, leaves, {dstates_});
  }

  Mode mode_;
  torch::Tensor x_, dstates_;
  std::vector<torch::Tensor> start_;  ///< h_0, of an LSTM c_0 too
  std::vector<torch::Tensor> weights_;
};

}  // namespace

std::unique_ptr<Contender> make_libtorch_layer(const RecurrentProblem& problem, Mode mode) {
  return std::make_unique<LibtorchLayer>(problem, mode);
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

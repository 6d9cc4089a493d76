// libtorch: the model of support/text_train_step.hpp as one would write it there.
#include <torch/torch.h>
#include <tuple>
#include <type_traits>
#include <vector>

#include "peers/contender.hpp"
#include "peers/libtorch_step.hpp"

namespace vaecollapse::bench {
namespace {

/// Of `nn::GRU` or `nn::LSTM`. Modules are registered under our names for the parameters.
template <class Recurrent>
class TextNetworkImpl : public nn::Module {
 public:
  explicit TextNetworkImpl(const TrainStepProblem& problem) {
    const std::int64_t hidden = problem.shape.hidden, latent = problem.latent;
    const std::int64_t symbols = extent(problem, "read.weight", 0);
    const std::int64_t embedding = extent(problem, "read.weight", 1);
    read_ = register_module("read", nn::Embedding(symbols, embedding));
    encoder_ = register_module("encoder", Recurrent(embedding, hidden));
    posterior_ = register_module(
        "posterior", Posterior(hidden, latent, problem.lowest_logvar, problem.highest_logvar));
    before_ = register_module("before", nn::Embedding(symbols, embedding));
    decoder_ = register_module("decoder", Recurrent(embedding + latent, hidden));
    initial_ = register_module("initial", nn::Linear(latent, extent(problem, "initial.weight", 0)));
    output_ = register_module("output", nn::Linear(hidden, symbols));
  }

  static std::vector<std::int64_t> noise_shape(const TrainStepProblem& problem) {
    return {problem.shape.batch, problem.latent};
  }

  Predicted predict(const torch::Tensor& source, const torch::Tensor& noise, const torch::Tensor&,
                    const torch::Tensor& inputs) {
    const Gaussian q = posterior_(last(std::get<1>(encoder_->forward(read_(source)))));
    const auto z = q.mu + (0.5 * q.logvar).exp() * noise;
    const auto everywhere = z.unsqueeze(0).expand({inputs.size(0), -1, -1});
    const auto x = torch::cat({before_(inputs), everywhere}, 2);
    return {output_(states(x, torch::tanh(initial_(z)).unsqueeze(0))), q.kl()};
  }

 private:
  static torch::Tensor last(const torch::Tensor& state) { return state[0]; }
  static torch::Tensor last(const std::tuple<torch::Tensor, torch::Tensor>& state) {
    return std::get<0>(state)[0];
  }

  torch::Tensor states(const torch::Tensor& x, const torch::Tensor& first) {
    if constexpr (std::is_same_v<Recurrent, nn::LSTM>) {
      const auto parts = first.chunk(2, 2);
      return std::get<0>(
          decoder_->forward(x, std::make_tuple(parts[0].contiguous(), parts[1].contiguous())));
    } else {
      return std::get<0>(decoder_->forward(x, first));
    }
  }

  nn::Embedding read_{nullptr}, before_{nullptr};
  Recurrent encoder_{nullptr}, decoder_{nullptr};
  Posterior posterior_{nullptr};
  nn::Linear initial_{nullptr}, output_{nullptr};
};

template <class Recurrent>
struct TextNetwork : nn::ModuleHolder<TextNetworkImpl<Recurrent>> {
  using nn::ModuleHolder<TextNetworkImpl<Recurrent>>::ModuleHolder;
  using Impl = TextNetworkImpl<Recurrent>;
};

}  // namespace

std::unique_ptr<TrainStepContender> make_libtorch_text_step(const TrainStepProblem& problem,
                                                            PeerCell cell) {
  if (cell == PeerCell::lstm) {
    return std::make_unique<LibtorchTrainStepOf<TextNetwork<nn::LSTM>>>(problem);
  }
  return std::make_unique<LibtorchTrainStepOf<TextNetwork<nn::GRU>>>(problem);
}

}  // namespace vaecollapse::bench

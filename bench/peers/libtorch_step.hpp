// What the training steps of libtorch share: all but the network.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <torch/torch.h>
#include <utility>
#include <vector>

#include "peers/contender.hpp"

namespace vaecollapse::bench {

namespace nn = torch::nn;

inline torch::Tensor tensor(const std::vector<std::int64_t>& ids, std::int64_t rows,
                            std::int64_t columns) {
  auto made = torch::empty({rows, columns}, torch::kLong);
  std::copy(ids.begin(), ids.end(), made.data_ptr<std::int64_t>());
  return made;
}

inline torch::Tensor tensor(const std::vector<float>& numbers,
                            const std::vector<std::int64_t>& shape) {
  auto made = torch::empty(shape);
  std::copy(numbers.begin(), numbers.end(), made.data_ptr<float>());
  return made;
}

struct Gaussian {
  torch::Tensor mu, logvar;

  /// \unit nats per word
  torch::Tensor kl() const {
    return -0.5 * (1 + logvar - mu.square() - logvar.exp()).sum() / mu.size(0);
  }
};

struct PosteriorImpl : nn::Module {
  PosteriorImpl(std::int64_t input, std::int64_t latent, double lowest_logvar,
                double highest_logvar)
      : mu(register_module("mu", nn::Linear(input, latent))),
        logvar(register_module("logvar", nn::Linear(input, latent))),
        lowest(lowest_logvar),
        highest(highest_logvar) {}

  Gaussian forward(const torch::Tensor& code) {
    const auto raw = logvar(code);
    return {mu(code), raw + torch::softplus(lowest - raw) - torch::softplus(raw - highest)};
  }

  nn::Linear mu, logvar;
  double lowest, highest;
};
TORCH_MODULE(Posterior);

/// The extent of a parameter of ours, in PyTorch's order.
inline std::int64_t extent(const TrainStepProblem& problem, const std::string& name,
                           std::size_t axis) {
  return std::find_if(problem.parameters.begin(), problem.parameters.end(),
                      [&](const NamedParameter& p) { return p.name == name; })
      ->shape.at(axis);
}

/// What a network gives for a batch.
struct Predicted {
  torch::Tensor logits;  ///< [T x B x symbols]
  torch::Tensor kl;      ///< \unit nats per word
};

/// A training step of a network that is made of the problem and registers its modules under our
/// names for the parameters.
template <class Network>
class LibtorchTrainStepOf : public TrainStepContender {
 public:
  explicit LibtorchTrainStepOf(const TrainStepProblem& problem)
      : problem_(problem),
        source_(tensor(problem.source,
                       static_cast<std::int64_t>(problem.source.size()) / problem.shape.batch,
                       problem.shape.batch)),
        inputs_(tensor(problem.inputs, problem.shape.steps, problem.shape.batch)),
        targets_(tensor(problem.targets, problem.shape.steps, problem.shape.batch).flatten()),
        tags_(tensor(problem.tags, problem.shape.batch, problem.tags_per_word)),
        network_(problem),
        weights_(network_->parameters()),
        adam_(weights_, torch::optim::AdamOptions(problem.learning_rate)) {
    const torch::NoGradGuard guard;
    auto named = network_->named_parameters();
    TORCH_CHECK(named.size() == problem.parameters.size(), "libtorch has ", named.size(),
                " parameters, ours ", problem.parameters.size());
    for (const NamedParameter& ours : problem.parameters) {
      auto& theirs = named[ours.name];
      theirs.copy_(tensor(ours.values, ours.shape).view_as(theirs));
    }
  }

  std::string name() const override { return "libtorch"; }

  std::int64_t parameters() const override {
    std::int64_t count = 0;
    for (const auto& weight : weights_) count += weight.numel();
    return count;
  }

  void run() override {
    differentiate(torch::randn(Network::Impl::noise_shape(problem_)));
    step();
  }

  std::vector<Agreed> outputs() override {
    std::vector<Agreed> gradients, losses;
    for (std::size_t i = 0; i < compared_steps; ++i) {
      const auto noise = tensor(problem_.noise.at(i), Network::Impl::noise_shape(problem_));
      const torch::Tensor found = differentiate(noise);
      const float loss = found.item<float>();
      losses.push_back({"loss of step " + std::to_string(i + 1), {loss}, weight_tolerance});
      if (i == 0) gradients = agreed_gradients();
      step();
    }
    gradients.insert(gradients.end(), losses.begin(), losses.end());
    return gradients;
  }

 private:
  /// Forward and backward. \unit nats per word
  torch::Tensor differentiate(const torch::Tensor& noise) {
    for (auto& weight : weights_) weight.mutable_grad().reset();
    const Predicted found = network_->predict(source_, noise, tags_, inputs_);
    const auto logits = found.logits.flatten(0, 1);
    const auto nll =
        nn::functional::cross_entropy(
            logits, targets_, nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum)) /
        problem_.shape.batch;
    const auto loss = nll + torch::clamp_min(found.kl, problem_.free_nats);
    loss.backward();
    return loss;
  }

  void step() {
    nn::utils::clip_grad_norm_(weights_, problem_.clip);
    adam_.step();
  }

  std::vector<Agreed> agreed_gradients() const {
    std::vector<Agreed> all;
    const auto named = network_->named_parameters();
    for (const NamedParameter& ours : problem_.parameters) {
      const torch::Tensor gradient = named[ours.name].grad().contiguous();
      const float* first = gradient.data_ptr<float>();
      all.push_back(
          {"gradient of " + ours.name, {first, first + gradient.numel()}, weight_tolerance});
    }
    return all;
  }

  TrainStepProblem problem_;
  torch::Tensor source_, inputs_, targets_, tags_;
  Network network_;
  std::vector<torch::Tensor> weights_;
  torch::optim::Adam adam_;
};

}  // namespace vaecollapse::bench

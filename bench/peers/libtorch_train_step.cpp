// libtorch: the model of support/train_step.hpp as one would write it there. Whole batches go
// through `torch::nn::GRU`, save where attention asks for a step at a time.
#include <algorithm>
#include <string>
#include <torch/torch.h>
#include <tuple>
#include <utility>

#include "peers/contender.hpp"

namespace vaecollapse::bench {
namespace {

namespace nn = torch::nn;

torch::Tensor tensor(const std::vector<std::int64_t>& ids, std::int64_t rows,
                     std::int64_t columns) {
  auto made = torch::empty({rows, columns}, torch::kLong);
  std::copy(ids.begin(), ids.end(), made.data_ptr<std::int64_t>());
  return made;
}

torch::Tensor tensor(const std::vector<float>& numbers, const std::vector<std::int64_t>& shape) {
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

struct AttentionImpl : nn::Module {
  AttentionImpl(std::int64_t hidden, std::int64_t tag, std::int64_t width)
      : query(register_module("query", nn::Linear(nn::LinearOptions(hidden, width).bias(false)))),
        key(register_module("key", nn::Linear(tag, width))),
        score(register_module("score", nn::Linear(nn::LinearOptions(width, 1).bias(false)))) {}

  /// \shape h [B x hidden], tags [B x n x tag], keys [B x n x width] -> [B x tag]
  torch::Tensor forward(const torch::Tensor& h, const torch::Tensor& tags,
                        const torch::Tensor& keys) {
    const auto scores = score(torch::tanh(query(h).unsqueeze(1) + keys)).squeeze(2);
    return torch::bmm(torch::softmax(scores, 1).unsqueeze(1), tags).squeeze(1);
  }

  nn::Linear query, key, score;
};
TORCH_MODULE(Attention);

/// Modules are registered under our names for the parameters.
class NetworkImpl : public nn::Module {
 public:
  explicit NetworkImpl(const TrainStepProblem& problem) {
    const std::int64_t hidden = problem.shape.hidden, latent = problem.latent;
    const auto extent = [&](const char* name, std::size_t axis) {
      return std::find_if(problem.parameters.begin(), problem.parameters.end(),
                          [&](const NamedParameter& p) { return p.name == name; })
          ->shape.at(axis);
    };
    const std::int64_t symbols = extent("characters.weight", 0);
    const std::int64_t embedding = extent("characters.weight", 1);
    const std::int64_t tag = extent("tags.weight", 1);
    characters_ = register_module("characters", nn::Embedding(symbols, embedding));
    tags_ = register_module("tags", nn::Embedding(extent("tags.weight", 0), tag));
    encoder_ =
        register_module("encoder", nn::GRU(nn::GRUOptions(embedding, hidden).bidirectional(true)));
    posterior_ = register_module(
        "posterior", Posterior(2 * hidden, latent, problem.lowest_logvar, problem.highest_logvar));
    initial_ = register_module("initial", nn::Linear(latent, hidden));
    decoder_ = register_module("decoder", nn::GRU(embedding + tag + latent, hidden));
    output_ = register_module("output", nn::Linear(hidden, symbols));
    if (problem.attention > 0) {
      attention_ = register_module("attention", Attention(hidden, tag, problem.attention));
    }
  }

  /// \shape source [T x B] -> [B x latent]
  Gaussian encode(const torch::Tensor& source) {
    const auto last = std::get<1>(encoder_->forward(characters_(source)));
    return posterior_(torch::cat({last[0], last[1]}, 1));
  }

  /// \shape z [B x latent], tags [B x n], inputs [T x B] -> [T x B x symbols]
  torch::Tensor decode(const torch::Tensor& z, const torch::Tensor& tags,
                       const torch::Tensor& inputs) {
    const auto h0 = torch::tanh(initial_(z));
    const auto before = characters_(inputs), tag_vectors = tags_(tags);
    return output_(attention_ ? attending(before, tag_vectors, z, h0)
                              : with_sum(before, tag_vectors, z, h0));
  }

 private:
  torch::Tensor with_sum(const torch::Tensor& before, const torch::Tensor& tags,
                         const torch::Tensor& z, const torch::Tensor& h0) {
    const auto constant = torch::cat({tags.sum(1), z}, 1);
    const auto everywhere = constant.unsqueeze(0).expand({before.size(0), -1, -1});
    return std::get<0>(decoder_->forward(torch::cat({before, everywhere}, 2), h0.unsqueeze(0)));
  }

  torch::Tensor attending(const torch::Tensor& before, const torch::Tensor& tags,
                          const torch::Tensor& z, torch::Tensor h) {
    const auto weights = decoder_->named_parameters();
    const auto keys = attention_->key(tags);
    std::vector<torch::Tensor> states;
    for (std::int64_t t = 0; t < before.size(0); ++t) {
      const auto input = torch::cat({before[t], attention_(h, tags, keys), z}, 1);
      h = torch::gru_cell(input, h, weights["weight_ih_l0"], weights["weight_hh_l0"],
                          weights["bias_ih_l0"], weights["bias_hh_l0"]);
      states.push_back(h);
    }
    return torch::stack(states);
  }

  nn::Embedding characters_{nullptr}, tags_{nullptr};
  nn::GRU encoder_{nullptr}, decoder_{nullptr};
  Posterior posterior_{nullptr};
  nn::Linear initial_{nullptr}, output_{nullptr};
  Attention attention_{nullptr};
};
TORCH_MODULE(Network);

class LibtorchTrainStep : public TrainStepContender {
 public:
  explicit LibtorchTrainStep(const TrainStepProblem& problem)
      : problem_(problem),
        source_(tensor(problem.source, problem.shape.steps, problem.shape.batch)),
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
    differentiate(torch::randn({problem_.shape.batch, problem_.latent}));
    step();
  }

  std::vector<Agreed> outputs() override {
    std::vector<Agreed> gradients, losses;
    for (std::size_t i = 0; i < compared_steps; ++i) {
      const auto noise = tensor(problem_.noise.at(i), {problem_.shape.batch, problem_.latent});
      const float loss = differentiate(noise).item<float>();
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
    const Gaussian q = network_->encode(source_);
    const auto z = q.mu + torch::exp(0.5 * q.logvar) * noise;
    const auto logits = network_->decode(z, tags_, inputs_).flatten(0, 1);
    const auto nll =
        nn::functional::cross_entropy(
            logits, targets_, nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum)) /
        problem_.shape.batch;
    const auto loss = nll + torch::clamp_min(q.kl(), problem_.free_nats);
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
      const auto gradient = named[ours.name].grad().contiguous();
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

}  // namespace

std::unique_ptr<TrainStepContender> make_libtorch_train_step(const TrainStepProblem& problem) {
  return std::make_unique<LibtorchTrainStep>(problem);
}

}  // namespace vaecollapse::bench

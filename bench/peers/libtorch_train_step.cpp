// libtorch: the model of support/train_step.hpp as one would write it there. Whole batches go
// through `torch::nn::GRU`, save where attention asks for a step at a time.
#include <torch/torch.h>
#include <tuple>
#include <vector>

#include "peers/contender.hpp"
#include "peers/libtorch_step.hpp"

namespace vaecollapse::bench {
namespace {

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
    const std::int64_t symbols = extent(problem, "characters.weight", 0);
    const std::int64_t embedding = extent(problem, "characters.weight", 1);
    const std::int64_t tag = extent(problem, "tags.weight", 1);
    characters_ = register_module("characters", nn::Embedding(symbols, embedding));
    tags_ = register_module("tags", nn::Embedding(extent(problem, "tags.weight", 0), tag));
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

  static std::vector<std::int64_t> noise_shape(const TrainStepProblem& problem) {
    return {problem.shape.batch, problem.latent};
  }

  Predicted predict(const torch::Tensor& source, const torch::Tensor& noise,
                    const torch::Tensor& tags, const torch::Tensor& inputs) {
    const Gaussian q = encode(source);
    return {decode(q.mu + torch::exp(0.5 * q.logvar) * noise, tags, inputs), q.kl()};
  }

 private:
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

}  // namespace

std::unique_ptr<TrainStepContender> make_libtorch_train_step(const TrainStepProblem& problem) {
  return std::make_unique<LibtorchTrainStepOf<Network>>(problem);
}

}  // namespace vaecollapse::bench

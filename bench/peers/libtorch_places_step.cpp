// libtorch: the model of support/places_train_step.hpp as one would write it there. All rows are of
// one length, so nothing is padded or masked, and all positions attend at once.
#include <torch/torch.h>
#include <tuple>
#include <vector>

#include "peers/contender.hpp"
#include "peers/libtorch_step.hpp"

namespace vaecollapse::bench {
namespace {

struct PlacesEncoderImpl : nn::Module {
  explicit PlacesEncoderImpl(const TrainStepProblem& problem) {
    const std::int64_t symbols = extent(problem, "encoder.embedding.weight", 0);
    const std::int64_t width = extent(problem, "encoder.embedding.weight", 1);
    embedding = register_module("embedding", nn::Embedding(symbols, width));
    gru = register_module("gru",
                          nn::GRU(nn::GRUOptions(width, problem.shape.hidden).bidirectional(true)));
  }
  /// \shape source [S x B] -> [S x B x 2 hidden]
  torch::Tensor forward(const torch::Tensor& source) {
    return std::get<0>(gru->forward(embedding(source)));
  }
  nn::Embedding embedding{nullptr};
  nn::GRU gru{nullptr};
};
TORCH_MODULE(PlacesEncoder);

struct PlaceAttentionImpl : nn::Module {
  PlaceAttentionImpl(std::int64_t query_width, std::int64_t key_width, std::int64_t width)
      : query(register_module("query", nn::Linear(query_width, width))),
        key(register_module("key", nn::Linear(key_width, width))),
        score(register_module("score", nn::Linear(nn::LinearOptions(width, 1).bias(false)))) {}

  /// \shape states [T x B x query], z [S x B x key] -> [T x B x key]
  torch::Tensor forward(const torch::Tensor& states, const torch::Tensor& z) {
    const auto by_row = z.transpose(0, 1);  // [B x S x key]
    const auto queries = query(states).transpose(0, 1).unsqueeze(2);
    const auto scores = score(torch::tanh(queries + key(by_row).unsqueeze(1))).squeeze(3);
    return torch::bmm(torch::softmax(scores, 2), by_row).transpose(0, 1);
  }

  nn::Linear query, key, score;
};
TORCH_MODULE(PlaceAttention);

struct AttendingDecoderImpl : nn::Module {
  explicit AttendingDecoderImpl(const TrainStepProblem& problem) {
    const std::int64_t hidden = problem.shape.hidden, latent = problem.latent;
    const std::int64_t symbols = extent(problem, "decoder.embedding.weight", 0);
    const std::int64_t width = extent(problem, "decoder.embedding.weight", 1);
    const std::int64_t tag = extent(problem, "decoder.tags.weight", 1);
    embedding = register_module("embedding", nn::Embedding(symbols, width));
    tags = register_module("tags", nn::Embedding(extent(problem, "decoder.tags.weight", 0), tag));
    gru = register_module("gru", nn::GRU(width + tag + latent, hidden));
    initial = register_module("initial", nn::Linear(latent + tag, hidden));
    attention = register_module(
        "attention",
        PlaceAttention(hidden + tag, latent, extent(problem, "decoder.attention.key.weight", 0)));
    readout = register_module("readout", nn::Linear(hidden + latent + tag, hidden));
    output = register_module("output", nn::Linear(hidden, symbols));
  }

  /// \shape z [S x B x latent], tag_ids [B x n], inputs [T x B] -> [T x B x symbols]
  torch::Tensor forward(const torch::Tensor& z, const torch::Tensor& tag_ids,
                        const torch::Tensor& inputs) {
    const auto c = tags(tag_ids).sum(1), mean = z.mean(0);
    const auto everywhere = [&](const torch::Tensor& of_rows) {
      return of_rows.unsqueeze(0).expand({inputs.size(0), -1, -1});
    };
    const auto h0 = torch::tanh(initial(torch::cat({mean, c}, 1)));
    const auto input = torch::cat({embedding(inputs), everywhere(torch::cat({c, mean}, 1))}, 2);
    const auto states = std::get<0>(gru->forward(input, h0.unsqueeze(0)));
    const auto of_tags = everywhere(c);
    const auto attended = attention(torch::cat({states, of_tags}, 2), z);
    return output(torch::tanh(readout(torch::cat({states, attended, of_tags}, 2))));
  }

  nn::Embedding embedding{nullptr}, tags{nullptr};
  nn::GRU gru{nullptr};
  nn::Linear initial{nullptr}, readout{nullptr}, output{nullptr};
  PlaceAttention attention{nullptr};
};
TORCH_MODULE(AttendingDecoder);

class PlacesNetworkImpl : public nn::Module {
 public:
  explicit PlacesNetworkImpl(const TrainStepProblem& problem)
      : encoder_(register_module("encoder", PlacesEncoder(problem))),
        posterior_(
            register_module("posterior", Posterior(2 * problem.shape.hidden, problem.latent,
                                                   problem.lowest_logvar, problem.highest_logvar))),
        decoder_(register_module("decoder", AttendingDecoder(problem))) {}

  static std::vector<std::int64_t> noise_shape(const TrainStepProblem& problem) {
    return {problem.shape.steps + 1, problem.shape.batch, problem.latent};
  }

  Predicted predict(const torch::Tensor& source, const torch::Tensor& noise,
                    const torch::Tensor& tags, const torch::Tensor& inputs) {
    const Gaussian q = posterior_(encoder_(source));
    const auto z = q.mu + torch::exp(0.5 * q.logvar) * noise;
    // Of a place; of a word it is that of all its places.
    return {decoder_(z, tags, inputs), q.kl() * source.size(0) / source.size(1)};
  }

 private:
  PlacesEncoder encoder_;
  Posterior posterior_;
  AttendingDecoder decoder_;
};
TORCH_MODULE(PlacesNetwork);

}  // namespace

std::unique_ptr<TrainStepContender> make_libtorch_places_train_step(
    const TrainStepProblem& problem) {
  return std::make_unique<LibtorchTrainStepOf<PlacesNetwork>>(problem);
}

}  // namespace vaecollapse::bench

// Ours: the training step of support/train_step.hpp, and its numbers for the others.
#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

#include "peers/contender.hpp"
#include "support/train_step.hpp"

namespace vaecollapse::bench {
namespace {

TrainStepOptions options_of(const PeerShape& shape, bool attention, int threads) {
  return {.batch = shape.batch,
          .steps = shape.steps,
          .hidden = shape.hidden,
          .attention = attention ? shape.input : 0,
          .threads = threads,
          .embedding = shape.input};
}

/// Symbols of rows that are all of one length lie as [T x B].
std::vector<std::int64_t> ids(std::span<const Symbol> symbols) {
  return {symbols.begin(), symbols.end()};
}

class OurTrainStepOnTape : public OurTrainStep {
 public:
  OurTrainStepOnTape(const PeerShape& shape, bool attention, int threads)
      : shape_(shape), step_(options_of(shape, attention, threads)) {}

  std::string name() const override { return "ours"; }
  std::int64_t parameters() const override { return step_.parameters(); }
  double flops_per_example() const override { return step_.flops_per_example(); }

  void run() override { step_.run(); }

  std::vector<Agreed> outputs() override {
    std::vector<Agreed> all;
    step_.differentiate();
    for (const Layout::Entry& entry : step_.weights().layout().entries()) {
      const float* first = step_.weights().gradients().data() + entry.offset;
      all.push_back(
          {"gradient of " + entry.name, {first, first + entry.shape.size()}, weight_tolerance});
    }
    step_.weights().zero_gradients();
    for (std::size_t i = 0; i < compared_steps; ++i) {
      const auto loss = static_cast<float>(step_.run().loss);
      all.push_back({"loss of step " + std::to_string(i + 1), {loss}, weight_tolerance});
    }
    return all;
  }

  TrainStepProblem problem() const override {
    const TrainStepOptions& options = step_.options();
    const Batch& batch = step_.batch();
    TrainStepProblem problem;
    problem.shape = shape_;
    problem.attention = options.attention;
    problem.latent = options.latent;
    problem.tags_per_word = options.tags_per_word;
    problem.free_nats = options.free_nats;
    problem.clip = options.clip;
    problem.learning_rate = options.learning_rate;
    problem.lowest_logvar = GaussianHead::lowest_logvar;
    problem.highest_logvar = GaussianHead::highest_logvar;
    problem.source = ids(batch.source().ids);
    problem.inputs = ids(batch.inputs().ids);
    problem.targets = ids(batch.targets().ids);
    problem.tags = ids(batch.tags().ids);
    problem.parameters = named_parameters();
    for (std::uint64_t step = 0; step < compared_steps; ++step) {
      problem.noise.push_back(noise(step));
    }
    return problem;
  }

 private:
  std::vector<NamedParameter> named_parameters() const {
    std::vector<NamedParameter> all;
    for (const Layout::Entry& entry : step_.weights().layout().entries()) {
      const std::span extents(entry.shape.extents.data(), std::size_t(entry.shape.rank));
      const auto values = step_.weights().values(entry);
      all.push_back(
          {entry.name, {extents.rbegin(), extents.rend()}, {values.begin(), values.end()}});
    }
    return all;
  }

  std::vector<float> noise(std::uint64_t step) const {
    const TrainStepOptions& options = step_.options();
    std::vector<float> numbers(static_cast<std::size_t>(options.latent * options.batch));
    fill_normal(Draws(Seed{options.seed}, step), Stream::latent, step_.batch().rows(), 0,
                View<float>(numbers.data(), options.latent, options.batch));
    return numbers;
  }

  PeerShape shape_;
  TrainStep step_;
};

}  // namespace

std::unique_ptr<OurTrainStep> make_our_train_step(const PeerShape& shape, bool attention,
                                                  int threads) {
  return std::make_unique<OurTrainStepOnTape>(shape, attention, threads);
}

}  // namespace vaecollapse::bench

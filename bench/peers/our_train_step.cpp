// Ours: the training steps of support/, and their numbers for the others.
#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

#include "peers/contender.hpp"
#include "support/places_train_step.hpp"
#include "support/text_train_step.hpp"
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

/// What z is drawn with in a step. \shape [B x latent]
template <class Network>
std::vector<float> noise(const TrainStepOf<Network>& step, std::uint64_t number) {
  const TrainStepOptions& options = step.options();
  std::vector<float> numbers(static_cast<std::size_t>(options.latent * options.batch));
  fill_normal(Draws(Seed{options.seed}, number), Stream::latent, step.batch().rows(), 0,
              View<float>(numbers.data(), options.latent, options.batch));
  return numbers;
}
/// The same for every place: z itself where q is N(0, I). \shape [S x B x latent]
std::vector<float> noise(const PlacesTrainStep& step, std::uint64_t number) {
  const TrainStepOptions& options = step.options();
  const Layout empty;
  const Parameters<float> none{empty};
  Workspace<float> workspace(none);
  const std::vector<Index> places(static_cast<std::size_t>(options.batch), options.steps + 1);
  const SequencePlan plan{std::span<const Index>(places)};
  const auto zeros = workspace.make<2>(Shape<2>{{options.latent, plan.columns()}});
  std::fill_n(zeros.data(), zeros.size(), 0.0F);
  const auto z = step.network().posterior().sample(
      workspace, PlaceGaussians<float>{{zeros, &plan}, {zeros, &plan}},
      Draws(Seed{options.seed}, number), step.batch().rows());
  return {z.columns.data(), z.columns.data() + z.columns.size()};
}

/// The symbols of the source as the network reads them.
template <class Network>
std::vector<std::int64_t> source_of(const TrainStepOf<Network>& step) {
  return ids(step.batch().source().ids);
}
std::vector<std::int64_t> source_of(const PlacesTrainStep& step) {
  auto all = ids(step.batch().source().ids);
  all.insert(all.end(), static_cast<std::size_t>(step.batch().size()), Vocabulary::end);
  return all;
}

template <class Step>
class OurTrainStepOnTape : public OurTrainStep {
 public:
  OurTrainStepOnTape(const PeerShape& shape, const TrainStepOptions& options)
      : shape_(shape), step_(options) {}

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
    problem.source = source_of(step_);
    problem.inputs = ids(batch.inputs().ids);
    problem.targets = ids(batch.targets().ids);
    problem.tags = ids(batch.tags().ids);
    problem.parameters = named_parameters();
    for (std::uint64_t step = 0; step < compared_steps; ++step) {
      problem.noise.push_back(noise(step_, step));
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

  PeerShape shape_;
  Step step_;
};

}  // namespace

std::unique_ptr<OurTrainStep> make_our_train_step(const PeerShape& shape, bool attention,
                                                  int threads) {
  return std::make_unique<OurTrainStepOnTape<TrainStep>>(shape,
                                                         options_of(shape, attention, threads));
}

std::unique_ptr<OurTrainStep> make_our_places_train_step(const PeerShape& shape, int threads) {
  return std::make_unique<OurTrainStepOnTape<PlacesTrainStep>>(
      shape, with_places(options_of(shape, false, threads)));
}

std::unique_ptr<OurTrainStep> make_our_text_step(const PeerShape& shape, PeerCell cell,
                                                 int threads) {
  const TrainStepOptions options = with_words(options_of(shape, false, threads));
  if (cell == PeerCell::lstm) {
    return std::make_unique<OurTrainStepOnTape<TextTrainStep<Lstm>>>(shape, options);
  }
  return std::make_unique<OurTrainStepOnTape<TextTrainStep<Gru>>>(shape, options);
}

}  // namespace vaecollapse::bench

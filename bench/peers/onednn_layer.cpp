// oneDNN's recurrent layers. The weights' own layout is taken to be the one of its documentation,
// [input, gate, unit].
#include "peers/onednn_layer.hpp"

#include <algorithm>
#include <utility>

namespace vaecollapse::bench {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

void clear(const dnnl::memory& gradient) {
  std::fill_n(static_cast<unsigned char*>(gradient.get_data_handle()),
              gradient.get_desc().get_size(), static_cast<unsigned char>(0));
}

}  // namespace

OneDnnLayer::OneDnnLayer(const RecurrentProblem& problem, std::vector<std::int64_t> our_gate,
                         std::int64_t biases, const std::vector<float>& bias, bool with_reorders)
    : shape_(problem.shape),
      our_gate_(std::move(our_gate)),
      with_reorders_(with_reorders),
      x_(plain({shape_.steps, shape_.batch, shape_.input}, Tag::tnc, problem.x)),
      h0_(plain(one_step(), Tag::ldnc, problem.h0)),
      input_weights_(plain(weights_of(shape_.input), Tag::ldigo, to_onednn(problem.input_weights))),
      recurrent_weights_(
          plain(weights_of(shape_.hidden), Tag::ldigo, to_onednn(problem.recurrent_weights))),
      bias_(plain({1, 1, biases, shape_.hidden}, Tag::ldgo, bias)),
      states_(plain({shape_.steps, shape_.batch, shape_.hidden}, Tag::tnc)) {}

void OneDnnLayer::run() {
  if (with_reorders_) {
    for (Move& move : before_) reorder(move);
  }
  forward_.execute(stream_, forward_arguments_);
  if (backward_) {
    for (const memory& sum : sums_) clear(sum);
    backward_.execute(stream_, backward_arguments_);
    if (with_reorders_) {
      for (Move& move : after_) reorder(move);
    }
  }
  stream_.wait();
}

dnnl::memory OneDnnLayer::plain(memory::dims dims, Tag tag,
                                const std::vector<float>& values) const {
  const memory made({std::move(dims), type, tag}, engine_);
  std::copy(values.begin(), values.end(), static_cast<float*>(made.get_data_handle()));
  return made;
}

std::vector<float> OneDnnLayer::numbers(const memory& plain) {
  const auto* first = static_cast<const float*>(plain.get_data_handle());
  return {first, first + plain.get_desc().get_size() / sizeof(float)};
}

dnnl::memory OneDnnLayer::wanted(const memory& weights, const memory::desc& layout) {
  if (layout == weights.get_desc()) return weights;
  before_.emplace_back(weights, memory(layout, engine_));
  return before_.back().to;
}

dnnl::memory OneDnnLayer::written(const memory& weights, const memory::desc& layout) {
  if (layout == weights.get_desc()) return weights;
  after_.emplace_back(memory(layout, engine_), weights);
  return after_.back().from;
}

void OneDnnLayer::make_gradients(const RecurrentProblem& problem) {
  dx_ = plain({shape_.steps, shape_.batch, shape_.input}, Tag::tnc);
  dh0_ = plain(one_step(), Tag::ldnc);
  dstates_ = plain({shape_.steps, shape_.batch, shape_.hidden}, Tag::tnc, problem.dstates);
  dinput_weights_ = plain(weights_of(shape_.input), Tag::ldigo);
  drecurrent_weights_ = plain(weights_of(shape_.hidden), Tag::ldigo);
  dbias_ = memory(bias_.get_desc(), engine_);
}

void OneDnnLayer::prepare() {
  for (Move& move : before_) reorder(move);
}

RecurrentOutputs OneDnnLayer::run_for_outputs() {
  run();
  for (Move& move : after_) reorder(move);
  stream_.wait();
  RecurrentOutputs outputs;
  outputs.states = numbers(states_);
  if (backward_) {
    outputs.dx = numbers(dx_);
    outputs.dh0 = numbers(dh0_);
    outputs.dinput_weights = from_onednn(numbers(dinput_weights_));
    outputs.drecurrent_weights = from_onednn(numbers(drecurrent_weights_));
  }
  return outputs;
}

template <class F>
void OneDnnLayer::for_each_weight(std::int64_t rows, F&& f) const {
  const std::int64_t hidden = shape_.hidden;
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t gate = 0; gate < gates(); ++gate) {
      for (std::int64_t unit = 0; unit < hidden; ++unit) {
        f(at((row * gates() + gate) * hidden + unit),
          at((our_gate_[at(gate)] * hidden + unit) * rows + row));
      }
    }
  }
}

std::vector<float> OneDnnLayer::to_onednn(const std::vector<float>& weights) const {
  std::vector<float> result(weights.size());
  for_each_weight(static_cast<std::int64_t>(weights.size()) / (gates() * shape_.hidden),
                  [&](std::size_t theirs, std::size_t ours) { result[theirs] = weights[ours]; });
  return result;
}

std::vector<float> OneDnnLayer::from_onednn(const std::vector<float>& weights) const {
  std::vector<float> result(weights.size());
  for_each_weight(static_cast<std::int64_t>(weights.size()) / (gates() * shape_.hidden),
                  [&](std::size_t theirs, std::size_t ours) { result[ours] = weights[theirs]; });
  return result;
}

std::string describe_onednn() {
  const dnnl::version_t* version = dnnl::version();
  return "oneDNN " + std::to_string(version->major) + '.' + std::to_string(version->minor) + '.' +
         std::to_string(version->patch);
}

}  // namespace vaecollapse::bench

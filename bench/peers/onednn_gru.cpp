// oneDNN's GRU: `lbr_gru`, the form in which the reset gate multiplies U_n h + b'_n. Its gates are
// u, r, o (our n) and its biases four: those of u and r summed, that of o, and b'_n. The weights'
// own layout is taken to be the one of its documentation, [input, gate, unit].
#include <algorithm>
#include <array>
#include <dnnl.hpp>
#include <unordered_map>

#include "peers/contender.hpp"

namespace vaecollapse::bench {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;

/// Where gate g of oneDNN stands among ours: u, r, o among r, u, n.
constexpr std::array<std::int64_t, 3> our_gate{1, 0, 2};

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Calls f(place in oneDNN's [rows, gate, unit], place in PyTorch's [gate, unit, rows]).
template <class F>
void for_each_weight(std::int64_t rows, std::int64_t hidden, F&& f) {
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t gate = 0; gate < 3; ++gate) {
      for (std::int64_t unit = 0; unit < hidden; ++unit) {
        f(at((row * 3 + gate) * hidden + unit),
          at((our_gate[at(gate)] * hidden + unit) * rows + row));
      }
    }
  }
}

std::vector<float> to_onednn(const std::vector<float>& weights, std::int64_t hidden) {
  std::vector<float> result(weights.size());
  for_each_weight(static_cast<std::int64_t>(weights.size()) / (3 * hidden), hidden,
                  [&](std::size_t theirs, std::size_t ours) { result[theirs] = weights[ours]; });
  return result;
}

std::vector<float> from_onednn(const std::vector<float>& weights, std::int64_t hidden) {
  std::vector<float> result(weights.size());
  for_each_weight(static_cast<std::int64_t>(weights.size()) / (3 * hidden), hidden,
                  [&](std::size_t theirs, std::size_t ours) { result[ours] = weights[theirs]; });
  return result;
}

std::vector<float> biases_to_onednn(const GruProblem& problem) {
  const std::size_t hidden = at(problem.shape.hidden);
  const auto &b = problem.input_bias, &recurrent = problem.recurrent_bias;
  std::vector<float> result(4 * hidden);
  for (std::size_t unit = 0; unit < hidden; ++unit) {
    result[unit] = b[hidden + unit] + recurrent[hidden + unit];
    result[hidden + unit] = b[unit] + recurrent[unit];
    result[2 * hidden + unit] = b[2 * hidden + unit];
    result[3 * hidden + unit] = recurrent[2 * hidden + unit];
  }
  return result;
}

class OneDnnGru : public Contender {
 public:
  OneDnnGru(const GruProblem& problem, Mode mode, bool with_reorders)
      : shape_(problem.shape),
        with_reorders_(with_reorders),
        x_(plain({shape_.steps, shape_.batch, shape_.input}, Tag::tnc, problem.x)),
        h0_(plain({1, 1, shape_.batch, shape_.hidden}, Tag::ldnc, problem.h0)),
        input_weights_(plain({1, 1, shape_.input, 3, shape_.hidden}, Tag::ldigo,
                             to_onednn(problem.input_weights, shape_.hidden))),
        recurrent_weights_(plain({1, 1, shape_.hidden, 3, shape_.hidden}, Tag::ldigo,
                                 to_onednn(problem.recurrent_weights, shape_.hidden))),
        bias_(plain({1, 1, 4, shape_.hidden}, Tag::ldgo, biases_to_onednn(problem))),
        states_(plain({shape_.steps, shape_.batch, shape_.hidden}, Tag::tnc)) {
    prepare_forward(mode);
    if (mode == Mode::forward_backward) prepare_backward(problem);
    for (Move& move : before_) reorder(move);
  }

  std::string name() const override { return with_reorders_ ? "onednn" : "onednn_kernels"; }

  void run() override {
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

  std::vector<Agreed> outputs() override {
    run();
    for (Move& move : after_) reorder(move);
    stream_.wait();
    GruOutputs outputs;
    outputs.states = numbers(states_);
    if (backward_) {
      outputs.dx = numbers(dx_);
      outputs.dh0 = numbers(dh0_);
      outputs.dinput_weights = from_onednn(numbers(dinput_weights_), shape_.hidden);
      outputs.drecurrent_weights = from_onednn(numbers(drecurrent_weights_), shape_.hidden);
      set_bias_gradients(numbers(dbias_), outputs);
    }
    return std::move(outputs).agreed();
  }

 private:
  struct Move {
    Move(const memory& source, const memory& target)
        : from(source), to(target), reorder(source, target) {}
    memory from, to;
    dnnl::reorder reorder;
  };

  static memory::desc any(memory::dims dims) { return {std::move(dims), type, Tag::any}; }

  memory plain(memory::dims dims, Tag tag, const std::vector<float>& values = {}) const {
    const memory made({std::move(dims), type, tag}, engine_);
    std::copy(values.begin(), values.end(), static_cast<float*>(made.get_data_handle()));
    return made;
  }

  static std::vector<float> numbers(const memory& plain) {
    const auto* first = static_cast<const float*>(plain.get_data_handle());
    return {first, first + plain.get_desc().get_size() / sizeof(float)};
  }

  static void clear(const memory& gradient) {
    std::fill_n(static_cast<unsigned char*>(gradient.get_data_handle()),
                gradient.get_desc().get_size(), static_cast<unsigned char>(0));
  }

  void reorder(Move& move) { move.reorder.execute(stream_, move.from, move.to); }

  /// The memory in a layout that a primitive wants, to be filled before it runs.
  memory wanted(const memory& weights, const memory::desc& layout) {
    if (layout == weights.get_desc()) return weights;
    before_.emplace_back(weights, memory(layout, engine_));
    return before_.back().to;
  }
  /// The memory that a primitive writes, to be brought to `weights` after it has run.
  memory written(const memory& weights, const memory::desc& layout) {
    if (layout == weights.get_desc()) return weights;
    after_.emplace_back(memory(layout, engine_), weights);
    return after_.back().from;
  }

  void prepare_forward(Mode mode) {
    const auto kind = mode == Mode::inference ? dnnl::prop_kind::forward_inference
                                              : dnnl::prop_kind::forward_training;
    const dnnl::lbr_gru_forward::desc desc(
        kind, dnnl::rnn_direction::unidirectional_left2right, x_.get_desc(), h0_.get_desc(),
        any({1, 1, shape_.input, 3, shape_.hidden}), any({1, 1, shape_.hidden, 3, shape_.hidden}),
        bias_.get_desc(), states_.get_desc(), memory::desc());
    forward_desc_ = dnnl::lbr_gru_forward::primitive_desc(desc, engine_);
    forward_ = dnnl::lbr_gru_forward(forward_desc_);
    forward_arguments_ = {
        {DNNL_ARG_SRC_LAYER, x_},
        {DNNL_ARG_SRC_ITER, h0_},
        {DNNL_ARG_WEIGHTS_LAYER, wanted(input_weights_, forward_desc_.weights_layer_desc())},
        {DNNL_ARG_WEIGHTS_ITER, wanted(recurrent_weights_, forward_desc_.weights_iter_desc())},
        {DNNL_ARG_BIAS, bias_},
        {DNNL_ARG_DST_LAYER, states_}};
    if (kind == dnnl::prop_kind::forward_training) {
      saved_ = memory(forward_desc_.workspace_desc(), engine_);
      forward_arguments_.insert({DNNL_ARG_WORKSPACE, saved_});
    }
  }

  void prepare_backward(const GruProblem& problem) {
    const memory::dims input{1, 1, shape_.input, 3, shape_.hidden};
    const memory::dims recurrent{1, 1, shape_.hidden, 3, shape_.hidden};
    dx_ = plain({shape_.steps, shape_.batch, shape_.input}, Tag::tnc);
    dh0_ = plain({1, 1, shape_.batch, shape_.hidden}, Tag::ldnc);
    dstates_ = plain({shape_.steps, shape_.batch, shape_.hidden}, Tag::tnc, problem.dstates);
    dinput_weights_ = plain(input, Tag::ldigo);
    drecurrent_weights_ = plain(recurrent, Tag::ldigo);
    dbias_ = plain({1, 1, 4, shape_.hidden}, Tag::ldgo);
    const dnnl::lbr_gru_backward::desc desc(
        dnnl::prop_kind::backward, dnnl::rnn_direction::unidirectional_left2right, x_.get_desc(),
        h0_.get_desc(), any(input), any(recurrent), bias_.get_desc(), states_.get_desc(),
        memory::desc(), dx_.get_desc(), dh0_.get_desc(), any(input), any(recurrent),
        dbias_.get_desc(), dstates_.get_desc(), memory::desc());
    const dnnl::lbr_gru_backward::primitive_desc made(desc, engine_, forward_desc_);
    backward_ = dnnl::lbr_gru_backward(made);
    sums_ = {written(dinput_weights_, made.diff_weights_layer_desc()),
             written(drecurrent_weights_, made.diff_weights_iter_desc()), dbias_};
    backward_arguments_ = {
        {DNNL_ARG_SRC_LAYER, x_},
        {DNNL_ARG_SRC_ITER, h0_},
        {DNNL_ARG_WEIGHTS_LAYER, wanted(input_weights_, made.weights_layer_desc())},
        {DNNL_ARG_WEIGHTS_ITER, wanted(recurrent_weights_, made.weights_iter_desc())},
        {DNNL_ARG_BIAS, bias_},
        {DNNL_ARG_DST_LAYER, states_},
        {DNNL_ARG_WORKSPACE, saved_},
        {DNNL_ARG_DIFF_DST_LAYER, dstates_},
        {DNNL_ARG_DIFF_SRC_LAYER, dx_},
        {DNNL_ARG_DIFF_SRC_ITER, dh0_},
        {DNNL_ARG_DIFF_WEIGHTS_LAYER, sums_[0]},
        {DNNL_ARG_DIFF_WEIGHTS_ITER, sums_[1]},
        {DNNL_ARG_DIFF_BIAS, dbias_}};
  }

  void set_bias_gradients(const std::vector<float>& d, GruOutputs& outputs) const {
    const auto gate = [&](std::ptrdiff_t which, std::vector<float>& to) {
      const auto first = d.begin() + which * static_cast<std::ptrdiff_t>(shape_.hidden);
      to.insert(to.end(), first, first + static_cast<std::ptrdiff_t>(shape_.hidden));
    };
    for (const std::ptrdiff_t which : {1, 0, 2}) gate(which, outputs.dinput_bias);
    for (const std::ptrdiff_t which : {1, 0, 3}) gate(which, outputs.drecurrent_bias);
  }

  static constexpr auto type = memory::data_type::f32;

  PeerShape shape_;
  bool with_reorders_;
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  memory x_, h0_, input_weights_, recurrent_weights_, bias_, states_, saved_;
  memory dstates_, dx_, dh0_, dinput_weights_, drecurrent_weights_, dbias_;
  dnnl::lbr_gru_forward::primitive_desc forward_desc_;
  dnnl::lbr_gru_forward forward_;
  dnnl::lbr_gru_backward backward_;
  std::unordered_map<int, memory> forward_arguments_, backward_arguments_;
  std::vector<Move> before_, after_;
  /// What oneDNN adds to, so that it must be cleared before.
  std::vector<memory> sums_;
};

}  // namespace

std::unique_ptr<Contender> make_onednn_gru(const GruProblem& problem, Mode mode,
                                           bool with_reorders) {
  return std::make_unique<OneDnnGru>(problem, mode, with_reorders);
}

std::string describe_onednn() {
  const dnnl::version_t* version = dnnl::version();
  return "oneDNN " + std::to_string(version->major) + '.' + std::to_string(version->minor) + '.' +
         std::to_string(version->patch);
}

}  // namespace vaecollapse::bench

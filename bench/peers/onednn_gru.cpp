// oneDNN's GRU: `lbr_gru`, the form in which the reset gate multiplies U_n h + b'_n. Its gates are
// u, r, o (our n) and its biases four: those of u and r summed, that of o, and b'_n.
#include "peers/onednn_layer.hpp"

namespace vaecollapse::bench {
namespace {

constexpr auto left_to_right = dnnl::rnn_direction::unidirectional_left2right;

std::vector<float> gru_biases(const RecurrentProblem& problem) {
  const auto hidden = static_cast<std::size_t>(problem.shape.hidden);
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

class OneDnnGru : public OneDnnLayer {
 public:
  OneDnnGru(const RecurrentProblem& problem, Mode mode, bool with_reorders)
      : OneDnnLayer(problem, {1, 0, 2}, 4, gru_biases(problem), with_reorders) {
    prepare_forward(mode);
    if (mode == Mode::forward_backward) prepare_backward(problem);
    prepare();
  }

  std::vector<Agreed> outputs() override {
    RecurrentOutputs outputs = run_for_outputs();
    if (backward_) set_bias_gradients(numbers(dbias_), outputs);
    return std::move(outputs).agreed();
  }

 private:
  void prepare_forward(Mode mode) {
    const auto kind = mode == Mode::inference ? dnnl::prop_kind::forward_inference
                                              : dnnl::prop_kind::forward_training;
    const dnnl::lbr_gru_forward::desc desc(
        kind, left_to_right, x_.get_desc(), h0_.get_desc(), any(weights_of(shape_.input)),
        any(weights_of(shape_.hidden)), bias_.get_desc(), states_.get_desc(), memory::desc());
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

  void prepare_backward(const RecurrentProblem& problem) {
    make_gradients(problem);
    const auto input = any(weights_of(shape_.input)), recurrent = any(weights_of(shape_.hidden));
    const dnnl::lbr_gru_backward::desc desc(
        dnnl::prop_kind::backward, left_to_right, x_.get_desc(), h0_.get_desc(), input, recurrent,
        bias_.get_desc(), states_.get_desc(), memory::desc(), dx_.get_desc(), dh0_.get_desc(),
        input, recurrent, dbias_.get_desc(), dstates_.get_desc(), memory::desc());
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

  void set_bias_gradients(const std::vector<float>& d, RecurrentOutputs& outputs) const {
    const auto gate = [&](std::ptrdiff_t which, std::vector<float>& to) {
      const auto first = d.begin() + which * static_cast<std::ptrdiff_t>(shape_.hidden);
      to.insert(to.end(), first, first + static_cast<std::ptrdiff_t>(shape_.hidden));
    };
    for (const std::ptrdiff_t which : {1, 0, 2}) gate(which, outputs.dinput_bias);
    for (const std::ptrdiff_t which : {1, 0, 3}) gate(which, outputs.drecurrent_bias);
  }

  dnnl::lbr_gru_forward::primitive_desc forward_desc_;
};

}  // namespace

std::unique_ptr<Contender> make_onednn_gru(const RecurrentProblem& problem, Mode mode,
                                           bool with_reorders) {
  return std::make_unique<OneDnnGru>(problem, mode, with_reorders);
}

}  // namespace vaecollapse::bench

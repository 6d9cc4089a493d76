// oneDNN's LSTM. Its gates stand as ours, i, f, g (its c~), o, and both biases are summed.
#include <algorithm>
#include <functional>

#include "peers/onednn_layer.hpp"

namespace vaecollapse::bench {
namespace {

constexpr auto left_to_right = dnnl::rnn_direction::unidirectional_left2right;

std::vector<float> lstm_biases(const RecurrentProblem& problem) {
  std::vector<float> sums = problem.input_bias;
  std::transform(sums.begin(), sums.end(), problem.recurrent_bias.begin(), sums.begin(),
                 std::plus<float>());
  return sums;
}

class OneDnnLstm : public OneDnnLayer {
 public:
  OneDnnLstm(const RecurrentProblem& problem, Mode mode, bool with_reorders)
      : OneDnnLayer(problem, {0, 1, 2, 3}, 4, lstm_biases(problem), with_reorders),
        c0_(plain(one_step(), Tag::ldnc, problem.c0)) {
    prepare_forward(mode);
    if (mode == Mode::forward_backward) prepare_backward(problem);
    prepare();
  }

  std::vector<Agreed> outputs() override {
    RecurrentOutputs outputs = run_for_outputs();
    if (backward_) {
      outputs.dc0 = numbers(dc0_);
      outputs.dinput_bias = outputs.drecurrent_bias = numbers(dbias_);
    }
    return std::move(outputs).agreed();
  }

 private:
  void prepare_forward(Mode mode) {
    const auto kind = mode == Mode::inference ? dnnl::prop_kind::forward_inference
                                              : dnnl::prop_kind::forward_training;
    const dnnl::lstm_forward::desc desc(kind, left_to_right, x_.get_desc(), h0_.get_desc(),
                                        c0_.get_desc(), any(weights_of(shape_.input)),
                                        any(weights_of(shape_.hidden)), bias_.get_desc(),
                                        states_.get_desc(), memory::desc(), memory::desc());
    forward_desc_ = dnnl::lstm_forward::primitive_desc(desc, engine_);
    forward_ = dnnl::lstm_forward(forward_desc_);
    forward_arguments_ = {
        {DNNL_ARG_SRC_LAYER, x_},
        {DNNL_ARG_SRC_ITER, h0_},
        {DNNL_ARG_SRC_ITER_C, c0_},
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
    dc0_ = plain(one_step(), Tag::ldnc);
    const auto input = any(weights_of(shape_.input)), recurrent = any(weights_of(shape_.hidden));
    const dnnl::lstm_backward::desc desc(
        dnnl::prop_kind::backward, left_to_right, x_.get_desc(), h0_.get_desc(), c0_.get_desc(),
        input, recurrent, bias_.get_desc(), states_.get_desc(), memory::desc(), memory::desc(),
        dx_.get_desc(), dh0_.get_desc(), dc0_.get_desc(), input, recurrent, dbias_.get_desc(),
        dstates_.get_desc(), memory::desc(), memory::desc());
    const dnnl::lstm_backward::primitive_desc made(desc, engine_, forward_desc_);
    backward_ = dnnl::lstm_backward(made);
    sums_ = {written(dinput_weights_, made.diff_weights_layer_desc()),
             written(drecurrent_weights_, made.diff_weights_iter_desc()), dbias_};
    backward_arguments_ = {
        {DNNL_ARG_SRC_LAYER, x_},
        {DNNL_ARG_SRC_ITER, h0_},
        {DNNL_ARG_SRC_ITER_C, c0_},
        {DNNL_ARG_WEIGHTS_LAYER, wanted(input_weights_, made.weights_layer_desc())},
        {DNNL_ARG_WEIGHTS_ITER, wanted(recurrent_weights_, made.weights_iter_desc())},
        {DNNL_ARG_BIAS, bias_},
        {DNNL_ARG_DST_LAYER, states_},
        {DNNL_ARG_WORKSPACE, saved_},
        {DNNL_ARG_DIFF_DST_LAYER, dstates_},
        {DNNL_ARG_DIFF_SRC_LAYER, dx_},
        {DNNL_ARG_DIFF_SRC_ITER, dh0_},
        {DNNL_ARG_DIFF_SRC_ITER_C, dc0_},
        {DNNL_ARG_DIFF_WEIGHTS_LAYER, sums_[0]},
        {DNNL_ARG_DIFF_WEIGHTS_ITER, sums_[1]},
        {DNNL_ARG_DIFF_BIAS, dbias_}};
  }

  memory c0_, dc0_;
  dnnl::lstm_forward::primitive_desc forward_desc_;
};

}  // namespace

std::unique_ptr<Contender> make_onednn_lstm(const RecurrentProblem& problem, Mode mode,
                                            bool with_reorders) {
  return std::make_unique<OneDnnLstm>(problem, mode, with_reorders);
}

}  // namespace vaecollapse::bench

// What oneDNN's recurrent layers share: memory, weights that are brought into the layouts that its
// kernels want, and a run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <dnnl.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "peers/contender.hpp"

namespace vaecollapse::bench {

/// A contender whose constructor sets the primitives and their arguments.
class OneDnnLayer : public Contender {
 public:
  std::string name() const override { return with_reorders_ ? "onednn" : "onednn_kernels"; }
  void run() override;

 protected:
  using memory = dnnl::memory;
  using Tag = memory::format_tag;
  using Arguments = std::unordered_map<int, memory>;

  /// `our_gate`: where each of oneDNN's gates stands among ours. `biases` as oneDNN has them,
  /// [so many, hidden].
  OneDnnLayer(const RecurrentProblem& problem, std::vector<std::int64_t> our_gate,
              std::int64_t biases, const std::vector<float>& bias, bool with_reorders);

  static memory::desc any(memory::dims dims) { return {std::move(dims), type, Tag::any}; }
  memory plain(memory::dims dims, Tag tag, const std::vector<float>& values = {}) const;
  static std::vector<float> numbers(const memory& plain);

  /// The shape of weights of so many rows.
  memory::dims weights_of(std::int64_t rows) const { return {1, 1, rows, gates(), shape_.hidden}; }
  memory::dims one_step() const { return {1, 1, shape_.batch, shape_.hidden}; }
  std::int64_t gates() const { return static_cast<std::int64_t>(our_gate_.size()); }

  /// The memory in a layout that a primitive wants, to be filled before it runs.
  memory wanted(const memory& weights, const memory::desc& layout);
  /// The memory that a primitive writes, to be brought to `weights` after it has run.
  memory written(const memory& weights, const memory::desc& layout);

  /// Makes the memories of gradients.
  void make_gradients(const RecurrentProblem& problem);
  /// Fills the layouts that are filled only once, when all is set.
  void prepare();
  /// Runs once; the outputs but for the gradients of biases and cells.
  RecurrentOutputs run_for_outputs();

  static constexpr auto type = memory::data_type::f32;

  PeerShape shape_;
  std::vector<std::int64_t> our_gate_;
  bool with_reorders_;
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  memory x_, h0_, input_weights_, recurrent_weights_, bias_, states_, saved_;
  memory dstates_, dx_, dh0_, dinput_weights_, drecurrent_weights_, dbias_;
  dnnl::primitive forward_, backward_;
  Arguments forward_arguments_, backward_arguments_;
  /// What oneDNN adds to, so that it must be cleared before.
  std::vector<memory> sums_;

 private:
  struct Move {
    Move(const memory& source, const memory& target)
        : from(source), to(target), reorder(source, target) {}
    memory from, to;
    dnnl::reorder reorder;
  };

  /// Calls f(place in oneDNN's [rows, gate, unit], place in PyTorch's [gate, unit, rows]).
  template <class F>
  void for_each_weight(std::int64_t rows, F&& f) const;
  std::vector<float> to_onednn(const std::vector<float>& weights) const;
  std::vector<float> from_onednn(const std::vector<float>& weights) const;
  void reorder(Move& move) { move.reorder.execute(stream_, move.from, move.to); }

  std::vector<Move> before_, after_;
};

}  // namespace vaecollapse::bench

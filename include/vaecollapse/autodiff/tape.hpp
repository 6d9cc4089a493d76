// The tape: records what is computed, and runs it backwards to fill the gradients.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/note.hpp>
#include <vaecollapse/core/range.hpp>
#include <vaecollapse/core/stack.hpp>
#include <vaecollapse/core/team.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// What a pullback may use besides its own captures: scratch memory and threads.
struct BackwardContext {
  Arena& arena;
  Team& team;

  /// Where to add a gradient: the Var's own, or memory to throw away where none is wanted.
  template <class Scalar, int Rank>
  Scalar* gradient_or_scratch(const Var<Scalar, Rank>& x) {
    return x.has_gradient() ? x.gradient_data() : arena.allocate_zeros<Scalar>(x.size());
  }
};

/// A reverse-mode tape. One step makes one `Scope`, runs layers, and calls `backward` once.
/// The granularity is the tensor op: a whole GRU sequence is one node.
///
/// A node runs backward once, for its pullback uses up what it saved and adds to gradients. So
/// once `backward` has run over the nodes of a scope, it cannot run again until that scope has
/// closed. A scope inside another one gives back its own nodes: if the outer one has nodes too,
/// they have run with the inner one's; if it has none, but leaves and parameters, scopes inside it
/// may run backward one after the other.
template <class Scalar>
class Tape : public detail::ContextBase<Scalar> {
 public:
  static constexpr bool records = true;

  /// Differentiates with respect to `parameters`, into its gradient buffer, on the caller's
  /// thread or on a team that outlives the tape. The team's threads work in layers and ops, in
  /// `run_backward`, and where large leaves and values are made.
  explicit Tape(Parameters<Scalar>& parameters) : parameters_(&parameters) {}
  Tape(Parameters<Scalar>& parameters, Team& team)
      : detail::ContextBase<Scalar>(&team), parameters_(&parameters) {}

  /// From now on only the parameters of a range carry gradients: the others are constants, and what
  /// depends on constants alone is not recorded. Null: all carry gradients again. The range must
  /// outlive its use. \throws Error for a range of another layout
  void set_moving(const ParameterRange* moving) {
    if (moving != nullptr) moving->require_of(parameters_->layout(), "tape");
    moving_ = moving;
  }
  void set_moving(const ParameterRange& moving) { set_moving(&moving); }
  void set_moving(const ParameterRange&&) = delete;  // give the range a name

  /// A parameter as a Var; its gradient adds to the flat gradient buffer. A frozen one has none.
  template <int Rank>
  Var<Scalar, Rank> parameter(const Slot<Rank>& slot) {
    parameters_->require_holds(slot);
    const bool moves = moving_ == nullptr || moving_->contains(slot.entry);
    return {parameters_->values().data() + slot.offset,
            moves ? parameters_->gradients().data() + slot.offset : nullptr, slot.shape,
            this->stamp().of_parameter()};
  }

  /// Weights in the form that a kernel multiplies with, in the arena: they change from step to
  /// step, and a step packs each once.
  template <class Form>
  typename Form::Packed packed(View<const Scalar> weights) {
    return Form::pack(weights, this->arena_.template allocate<Scalar>(Form::size(weights)),
                      this->team());
  }

  /// A new value, not initialised, with a gradient of zeros: for ops. An op that names its
  /// operands, `make<2>(shape, any_gradient(w, x))`, gets one without a gradient where none of them
  /// has one, and need not compute backward. In checked builds `record` then refuses an operand
  /// whose gradient another tape carries back.
  /// \throws ShapeError for a negative extent
  template <int Rank>
  Var<Scalar, Rank> make(const Shape<Rank>& shape, const AnyGradient& with_gradient = true) {
    detail::require_extents<Scalar>("make", shape);
    if constexpr (is_checked) has_foreign_operand_ |= with_gradient.is_beyond(this->clock_);
    Scalar* value = this->arena_.template allocate<Scalar>(shape.size());
    return {value, with_gradient ? this->zeros(shape.size()) : nullptr, shape, this->stamp()};
  }

  /// A copy of an Eigen tensor as a leaf whose gradient `backward` fills.
  template <TensorLike<Scalar> Tensor>
  auto variable(const Tensor& tensor) {
    const auto shape = this->shape_of("variable", tensor);
    return Var(this->copy(tensor.data(), shape.size()), this->zeros(shape.size()), shape,
               this->stamp());
  }

  /// Records how to carry the gradient of `output` back. `pullback(BackwardContext&)` must be
  /// trivially destructible: it holds Vars, numbers and spans of arena memory. Nothing is recorded
  /// for an output without a gradient.
  /// \throws Error in checked builds for an operand of another tape, see `make`
  template <OpName Name, int Rank, class Pullback>
  void record(const Var<Scalar, Rank>& output, Pullback pullback) {
    static_assert(std::is_trivially_destructible_v<Pullback>,
                  "a pullback must be trivially destructible: keep numbers with tape.keep(), and "
                  "objects with tape.own()");
    if (!output.has_gradient()) return;
    if constexpr (is_checked) {
      if (has_foreign_operand_) refuse_operand(Name.text);
    }
    using Entry = Record<Pullback>;
    static_assert(alignof(Entry) <= Arena::alignment);
    Entry* entry = new (this->arena_.template allocate<std::byte>(sizeof(Entry)))
        Entry{{output.shape(), output.data()}, pullback};
    nodes_.push({&type<Name, Pullback>, static_cast<Header*>(entry)});
  }

  /// Runs every pullback once, newest first, from the gradients that have been set; the gradients
  /// of parameters, and of leaves of scopes outside, add up over the runs. \cost one pass over the
  /// nodes \throws Error if some node has run already
  void run_backward() {
    detail::note_if_unoptimised();
    require_first_run();
    ran_ = nodes_.size();
    BackwardContext context{this->arena_, this->team()};
    for (std::size_t i = nodes_.size(); i-- > 0;) {
      const ArenaFrame frame(this->arena_);
      nodes_[i].type->backward(nodes_[i].record, context);
    }
  }

  /// Sets the gradient of a scalar to one and runs backward.
  /// \throws Error if some node has run already, or for a loss that is a constant or was computed
  /// in a workspace or on another tape
  void backward(const Var<Scalar, 0>& loss) {
    require_first_run();
    require_own("the loss", loss);
    if (!loss.has_gradient()) refuse("the loss", "depends on nothing that moves");
    *loss.gradient_data() = Scalar(1);
    run_backward();
  }

  /// Raises an Error unless a value has a gradient which this tape carries back, or has none
  /// because it was computed here from what is frozen.
  template <int Rank>
  void require_own(std::string_view name, const Var<Scalar, Rank>& value) const {
    if (!value.has_gradient()) {
      if (moving_ != nullptr && this->arena_.holds(value.data())) return;
      refuse(name,
             "has no gradient: it must be computed on this tape, from parameters or variables");
    }
    const std::span<const Scalar> of_parameters = std::as_const(*parameters_).gradients();
    const auto* gradient = value.gradient_data();
    const bool is_parameter = !of_parameters.empty() && gradient >= of_parameters.data() &&
                              gradient < of_parameters.data() + of_parameters.size();
    if (!is_parameter && !this->arena_.holds(gradient)) {
      refuse(name, "was computed on another tape: run backward there");
    }
  }

  /// One line of a listing of the tape.
  struct NodeInfo {
    std::string_view name;
    AnyShape shape;
    const Scalar* value;
  };
  std::size_t size() const { return nodes_.size(); }
  NodeInfo operator[](std::size_t i) const {
    const auto* header = static_cast<const Header*>(nodes_[i].record);
    return {nodes_[i].type->name, header->shape, header->value};
  }

 private:
  template <class C>
  friend class vaecollapse::Scope;
  static constexpr bool is_checked = VAECOLLAPSE_CHECKED;

  struct Header {
    AnyShape shape;
    const Scalar* value;
  };
  template <class Pullback>
  struct Record : Header {
    Pullback pullback;
  };
  struct NodeType {
    const char* name;
    void (*backward)(void*, BackwardContext&);
  };
  struct Node {
    const NodeType* type;
    void* record;
  };
  template <class Pullback>
  static void pull_back(void* record, BackwardContext& context) {
    static_cast<Record<Pullback>*>(static_cast<Header*>(record))->pullback(context);
  }
  template <OpName Name, class Pullback>
  static constexpr NodeType type{Name.text, pull_back<Pullback>};

  void require_first_run() const {
    if (ran_ > 0) refuse_second_run(ran_, nodes_.size());
  }
  [[noreturn]] __attribute__((noinline, cold)) static void refuse_second_run(std::size_t ran,
                                                                             std::size_t nodes) {
    detail::raise_error(
        {"backward: ", ran, " of the tape's ", nodes,
         " nodes have run backward already, and a node runs once: write `const vc::Scope "
         "scope(tape);` as the first line inside the loop, so that each step begins with an "
         "empty tape; where one step has several losses, add them and call backward once"});
  }

  [[noreturn]] __attribute__((noinline, cold)) void refuse_operand(std::string_view op) {
    has_foreign_operand_ = false;
    detail::raise_error({op,
                         ": an operand was computed on another tape, which alone can carry its "
                         "gradient back: compute it on this one, or give stop_gradient of it"});
  }

  [[noreturn]] __attribute__((noinline, cold)) static void refuse(std::string_view name,
                                                                  const char* why) {
    detail::raise_error({"backward: ", name, " ", why});
  }

  Scalar* zeros(Index count) {
    Scalar* numbers = this->arena_.template allocate<Scalar>(count);
    split_by(this->team(), copy_grain, count,
             [&](Index first, Index n) { std::fill_n(numbers + first, n, Scalar(0)); });
    return numbers;
  }

  struct ScopeState {
    typename detail::ContextBase<Scalar>::ScopeState base;
    std::size_t nodes = 0;
  };
  ScopeState open_scope() { return {detail::ContextBase<Scalar>::open_scope(), nodes_.size()}; }
  void close_scope(const ScopeState& state) {
    nodes_.shrink(state.nodes);
    ran_ = std::min(ran_, state.nodes);
    has_foreign_operand_ = false;
    detail::ContextBase<Scalar>::close_scope(state.base);
  }

  Parameters<Scalar>* parameters_;
  const ParameterRange* moving_ = nullptr;  ///< null: all
  detail::Stack<Node> nodes_;
  std::size_t ran_ = 0;               ///< so many nodes, the oldest, have run backward
  bool has_foreign_operand_ = false;  ///< of the op that is being computed; in checked builds
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

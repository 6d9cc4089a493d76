// What a tape and a workspace share: memory, threads, scopes and the parameters in use. Layers
// and ops are templates over a context and use nothing but what stands here and in the two.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <new>
#include <span>
#include <string_view>
#include <utility>

#include <vaecollapse/autodiff/var.hpp>
#include <vaecollapse/core/arena.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/team.hpp>
#if VAECOLLAPSE_COMPILED
#include <vaecollapse/kernels/compiled.hpp>
#endif

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The name of an op as a template argument: `tape.record<"affine">(...)`.
template <std::size_t N>
struct OpName {
  char text[N]{};
  constexpr OpName(const char (&name)[N]) {
    for (std::size_t i = 0; i < N; ++i) text[i] = name[i];
  }
};

struct BackwardContext;

/// What contexts copy from: column-major numbers with known extents, as an `Eigen::Tensor` or a
/// `TensorMap` has them.
template <class T, class Scalar>
concept TensorLike = requires(const T& tensor) {
  { tensor.data() } -> std::convertible_to<const Scalar*>;
  { tensor.dimension(std::size_t{}) } -> std::convertible_to<Index>;
  requires T::NumIndices <= 3;
  requires static_cast<int>(T::Layout) == 0;  // Eigen::ColMajor
};

namespace detail {

/// Stands for any form of packed weights in the requirement below.
template <class Scalar>
struct SomeForm {
  using Packed = const Scalar*;
  static Index size(View<const Scalar>) { return 0; }
  static Packed in(const Scalar* memory, View<const Scalar>) { return memory; }
  static Packed pack(View<const Scalar>, Scalar* memory, Team&) { return memory; }
};

/// Stands for any pullback in the requirement below.
struct SomePullback {
  void operator()(BackwardContext&) const {}
};

}  // namespace detail

/// What every computing context offers to layers and ops: parameters and new values, memory and
/// threads, and a place for pullbacks, which a context that does not record ignores.
template <class C>
concept Context = requires(C& cx, const Slot<2>& slot, typename C::scalar_type number,
                           const Var<typename C::scalar_type, 2>& value,
                           std::span<const Index> lengths) {
  typename C::scalar_type;
  { C::records } -> std::convertible_to<bool>;
  { cx.parameter(slot) } -> std::same_as<Var<typename C::scalar_type, 2>>;
  { cx.template make<2>(Shape<2>{}) } -> std::same_as<Var<typename C::scalar_type, 2>>;
  { cx.template make<2>(Shape<2>{}, true) } -> std::same_as<Var<typename C::scalar_type, 2>>;
  cx.template packed<detail::SomeForm<typename C::scalar_type>>(value.view());
  { cx.arena() } -> std::same_as<Arena&>;
  { cx.team() } -> std::same_as<Team&>;
  { cx.keep(std::span(&std::as_const(number), 1)) } -> std::same_as<std::span<decltype(number)>>;
  { cx.plan(lengths) } -> std::same_as<const SequencePlan&>;
  { cx.own(std::move(number)) } -> std::same_as<typename C::scalar_type&>;
  cx.template record<"op">(value, detail::SomePullback{});
};

namespace detail {

/// The state that `Tape` and `Workspace` have in common; `Derived` adds what recording needs.
template <class Scalar>
class ContextBase {
 public:
  using scalar_type = Scalar;

  ContextBase() = default;
  explicit ContextBase(Team* team) : team_(team) {}
  ~ContextBase() { destroy_owned_since(nullptr); }
  ContextBase(const ContextBase&) = delete;
  ContextBase& operator=(const ContextBase&) = delete;

  Arena& arena() { return arena_; }
  Team& team() { return team_ != nullptr ? *team_ : own_team_; }

  /// A copy of an Eigen tensor as a value that needs no gradient.
  template <TensorLike<Scalar> Tensor>
  auto constant(const Tensor& tensor) {
    const auto shape = shape_of("constant", tensor);
    return Var(copy(tensor.data(), shape.size()), static_cast<Scalar*>(nullptr), shape, stamp());
  }

  /// Copies numbers or plain objects into memory that lives as long as the innermost scope.
  template <class T>
  std::span<T> keep(std::span<const T> values) {
    const std::span<T> copy = arena_.template span<T>(static_cast<Index>(values.size()));
    for (std::size_t i = 0; i < values.size(); ++i) copy[i] = values[i];
    return copy;
  }

  /// A plan for rows of these lengths, which lives as long as the innermost scope. A warm one
  /// allocates nothing.
  const SequencePlan& plan(std::span<const Index> lengths) { return plans_.push(lengths); }

  /// Moves an object with a destructor into the arena; the innermost `Scope` destroys it, or where
  /// none is open the context.
  template <class T>
  T& own(T object) {
    static_assert(alignof(T) <= Arena::alignment);
    // Both before the object moves: if memory is short, its destructor still runs.
    auto* entry = arena_.template allocate<Owned>(1);
    T* made = new (arena_.template allocate<std::byte>(sizeof(T))) T(std::move(object));
    *entry = {[](void* memory) { static_cast<T*>(memory)->~T(); }, made, owned_};
    owned_ = entry;
    return *made;
  }

 protected:
  struct Owned {
    void (*destroy)(void*);
    void* object;
    Owned* next;
  };
  struct ScopeState {
    Arena::Mark mark;
    Owned* owned = nullptr;
    PlanStack::Node* plan = nullptr;
  };

  ScopeState open_scope() {
    clock_.open();
    return {arena_.mark(), owned_, plans_.mark()};
  }
  void close_scope(const ScopeState& state) {
    destroy_owned_since(state.owned);
    plans_.release(state.plan);
    arena_.release(state.mark);
    clock_.close();
  }
  void destroy_owned_since(const Owned* last) {
    for (; owned_ != last; owned_ = owned_->next) owned_->destroy(owned_->object);
  }
  template <TensorLike<Scalar> Tensor>
  static Shape<Tensor::NumIndices> shape_of(std::string_view op, const Tensor& tensor) {
    Shape<Tensor::NumIndices> shape;
    for (std::size_t axis = 0; axis < shape.extents.size(); ++axis) {
      shape.extents[axis] = tensor.dimension(axis);
    }
    require_extents<Scalar>(op, shape);
    return shape;
  }
  Scalar* copy(const Scalar* numbers, Index count) {
    Scalar* value = arena_.template allocate<Scalar>(count);
    split_by(team(), copy_grain, count,
             [&](Index first, Index n) { std::copy_n(numbers + first, n, value + first); });
    return value;
  }
  ScopeStamp stamp() const { return ScopeStamp(clock_); }

  Arena arena_;
  ScopeClock clock_;

 private:
  Team own_team_;
  Team* team_ = nullptr;
  Owned* owned_ = nullptr;
  PlanStack plans_;
};

}  // namespace detail

/// Gives back, when it ends, all memory and nodes that a tape or workspace took after it began.
/// Scopes nest.
template <class C>
class Scope {
 public:
  explicit Scope(C& context) : context_(context), state_(context.open_scope()) {}
  ~Scope() { context_.close_scope(state_); }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  C& context_;
  typename C::ScopeState state_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

// A recurrent cell chosen at run time.
#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <vaecollapse/autodiff/ops/attention.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/erased.hpp>
#include <vaecollapse/nn/cell.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// A cell prepared for steps.
class HeldStepper {
 public:
  virtual ~HeldStepper() = default;
  virtual void step(Tape<float>& cx, std::span<const Symbol> ids, std::span<const Index> rows,
                    const kernels::TagMix<float>& mix, View<const float> before,
                    View<float> after) const = 0;
  virtual void step(Workspace<float>& cx, std::span<const Symbol> ids, std::span<const Index> rows,
                    const kernels::TagMix<float>& mix, View<const float> before,
                    View<float> after) const = 0;
};

template <class Stepper>
class HoldingStepper final : public HeldStepper {
 public:
  explicit HoldingStepper(const Stepper& stepper) : stepper_(stepper) {}
  void step(Tape<float>& cx, std::span<const Symbol> ids, std::span<const Index> rows,
            const kernels::TagMix<float>& mix, View<const float> before,
            View<float> after) const override {
    stepper_.step(cx, ids, rows, mix, before, after);
  }
  void step(Workspace<float>& cx, std::span<const Symbol> ids, std::span<const Index> rows,
            const kernels::TagMix<float>& mix, View<const float> before,
            View<float> after) const override {
    stepper_.step(cx, ids, rows, mix, before, after);
  }

 private:
  Stepper stepper_;
};

/// A cell in one context.
template <class C>
class CellIn {
 public:
  using Inputs = std::span<const Contribution<float>>;

  virtual ~CellIn() = default;
  virtual RecurrentStates<float> sequence(C& cx, Inputs inputs, KeptPlan plan,
                                          const Var<float, 2>& first_state) const = 0;
  virtual AttendingStates<float> sequence(C& cx, const AttentionVars<float>& attention,
                                          Inputs inputs, KeptPlan plan,
                                          const Var<float, 2>& first_state) const = 0;
  /// In the arena of the context.
  virtual const HeldStepper& stepper(C& cx, Inputs inputs) const = 0;
};

/// A cell.
class HeldCell {
 public:
  virtual ~HeldCell() = default;
  virtual Index width() const = 0;
  virtual Index state_size() const = 0;
  virtual const CellIn<Tape<float>>& in(const Tape<float>&) const = 0;
  virtual const CellIn<Workspace<float>>& in(const Workspace<float>&) const = 0;
};

/// The calls of one cell, which outlives this, in one context.
template <class Recurrent, class C>
class CellCalls final : public CellIn<C> {
 public:
  using typename CellIn<C>::Inputs;

  explicit CellCalls(const Recurrent& cell) : cell_(cell) {}

  RecurrentStates<float> sequence(C& cx, Inputs inputs, KeptPlan plan,
                                  const Var<float, 2>& first_state) const override {
    return results_of(cell_.sequence(cx, inputs, plan, first_state));
  }
  AttendingStates<float> sequence(C& cx, const AttentionVars<float>& attention, Inputs inputs,
                                  KeptPlan plan, const Var<float, 2>& first_state) const override {
    const auto states = cell_.sequence(cx, attention, inputs, plan, first_state);
    return {results_of(states), states.weights};
  }
  const HeldStepper& stepper(C& cx, Inputs inputs) const override {
    const auto stepper = stepper_of(cx, cell_, inputs);
    return cx.own(HoldingStepper(stepper));
  }

 private:
  template <class States>
  static RecurrentStates<float> results_of(const States& states) {
    return {states.states, states.last(), states.last_state()};
  }

  const Recurrent& cell_;
};

/// One cell.
template <class Recurrent>
class HoldingCell final : public HeldCell {
 public:
  explicit HoldingCell(const Recurrent& cell) : cell_(cell) {}
  HoldingCell(const HoldingCell& other) : HoldingCell(other.cell_) {}
  HoldingCell& operator=(const HoldingCell&) = delete;

  Index width() const override { return cell_.width(); }
  Index state_size() const override { return cell_.state_size(); }
  const CellIn<Tape<float>>& in(const Tape<float>&) const override { return tape_; }
  const CellIn<Workspace<float>>& in(const Workspace<float>&) const override { return workspace_; }

 private:
  Recurrent cell_;
  CellCalls<Recurrent, Tape<float>> tape_{cell_};
  CellCalls<Recurrent, Workspace<float>> workspace_{cell_};
};

}  // namespace detail

/// Any cell that can attend, as a copyable value, on tapes and workspaces of float. One is made by
/// a `CellFactory<AnyCell>`. \cost one virtual call a sequence, and one a step of decoding
class AnyCell {
 public:
  template <class Recurrent>
  requires(!std::same_as<Recurrent, AnyCell> && AttendingCell<Recurrent>)
      AnyCell(const Recurrent& cell)
      : held_(cell) {}

  Index width() const { return held_->width(); }
  Index state_size() const { return held_->state_size(); }

  template <Context C, class Scalar = typename C::scalar_type>
  RecurrentStates<Scalar> sequence(
      C& cx, std::type_identity_t<std::span<const Contribution<Scalar>>> inputs, KeptPlan plan,
      const Var<Scalar, 2>& first_state = {}) const {
    return in(cx).sequence(cx, inputs, plan, first_state);
  }
  template <Context C, class Scalar = typename C::scalar_type>
  AttendingStates<Scalar> sequence(
      C& cx, const std::type_identity_t<AttentionVars<Scalar>>& attention,
      std::type_identity_t<std::span<const Contribution<Scalar>>> inputs, KeptPlan plan,
      const Var<Scalar, 2>& first_state = {}) const {
    return in(cx).sequence(cx, attention, inputs, plan, first_state);
  }

  /// It, prepared for steps. Lives in the scope in which it was created.
  class Stepper {
   public:
    explicit Stepper(const detail::HeldStepper& held) : held_(&held) {}
    template <Context C>
    void step(C& cx, std::span<const Symbol> ids, std::span<const Index> rows,
              const kernels::TagMix<float>& mix, View<const float> before,
              View<float> after) const {
      held_->step(cx, ids, rows, mix, before, after);
    }

   private:
    const detail::HeldStepper* held_;
  };
  template <Context C>
  friend Stepper stepper_of(C& cx, const AnyCell& cell,
                            std::span<const Contribution<float>> inputs) {
    return Stepper(cell.in(cx).stepper(cx, inputs));
  }

 private:
  template <class C>
  const auto& in(C& cx) const {
    static_assert(
        requires(const detail::HeldCell& held) { held.in(cx); },
        "AnyCell works on Tape and Workspace of float; with another context use the "
        "cell itself");
    return held_->in(cx);
  }

  detail::Erased<detail::HeldCell, detail::HoldingCell> held_;
};

/// Makes cells of one type as `AnyCell`.
template <>
class CellFactory<AnyCell> {
 public:
  template <AttendingCell Recurrent>
  static CellFactory of() {
    return {
        cell_name<Recurrent>(),
        [](Layout& layout, const std::string& name, const CellSizes& sizes,
           Direction direction) -> AnyCell { return Recurrent(layout, name, sizes, direction); }};
  }

  std::string_view name() const { return name_; }
  AnyCell operator()(Layout& layout, const std::string& name, const CellSizes& sizes,
                     Direction direction = Direction::forward) const {
    return make_(layout, name, sizes, direction);
  }

 private:
  using Make = AnyCell (*)(Layout&, const std::string&, const CellSizes&, Direction);
  CellFactory(std::string_view name, Make make) : name_(name), make_(make) {}

  std::string_view name_;
  Make make_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

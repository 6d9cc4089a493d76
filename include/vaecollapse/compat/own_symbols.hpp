// A decoder that reads its own symbols in training, as a published system has it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/model/decoder.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::compat {

/// `decoder.steps` takes this context too, not a workspace only.
template <class D, class C>
concept StepsIn = requires(const D& decoder, C& cx,
                           const Conditions<typename C::scalar_type>& given) {
  decoder.steps(cx, given);
};

/// Makes `ids`, the symbols that dropout has left of `inputs`, those that the decoder itself finds
/// likeliest, one after the other; start symbols and what was dropped stay. Which symbol is
/// likeliest has no gradient, so the gradient of the decoder on `ids` is that of a decoder that
/// runs freely. Units of embeddings are not dropped here. Targets still give the lengths of the
/// words. \shape z [Z x B], ids as many symbols as inputs \cost a forward pass, step by step
template <Context C, StepsIn<C> D, class Scalar = typename C::scalar_type>
void feed_own_symbols(C& cx, const D& decoder, const Conditions<Scalar>& given,
                      const Symbols& inputs, std::span<Symbol> ids) {
  const Scope scope(cx);
  const SequencePlan& plan = *inputs.plan;
  const auto steps = decoder.steps(cx, given);
  const Index hidden = steps.start().rows, batch = plan.batch();
  const auto columns = [&](Index rows) {
    return View<Scalar>(cx.arena().template allocate<Scalar>(rows * batch), rows, batch);
  };
  View<Scalar> before = columns(hidden), after = columns(hidden);
  const View<Scalar> logits = columns(decoder.symbols());
  for (Index j = 0; j < batch; ++j) {
    const auto row = at(plan.order(), j);
    std::copy_n(steps.start().column(row), hidden, before.column(j));
  }
  // Rows fall off the end of the order as words end, so those that go on keep their columns.
  for (Index t = 0; t + 1 < plan.steps(); ++t) {
    const Index alive = plan.active(t + 1);
    const auto at = [&](Index step) { return static_cast<std::size_t>(plan.offset(step)); };
    const auto count = static_cast<std::size_t>(alive);
    steps.step(cx, std::span<const Symbol>(ids).subspan(at(t), count), plan.order().first(count),
               View<const Scalar>(before.middle_columns(0, alive)), after.middle_columns(0, alive),
               logits.middle_columns(0, alive));
    for (std::size_t j = 0; j < count; ++j) {
      const std::size_t next = at(t + 1) + j;
      if (ids[next] != inputs.ids[next]) continue;
      const Scalar* scores = logits.column(static_cast<Index>(j));
      ids[next] =
          static_cast<Symbol>(std::max_element(scores, scores + decoder.symbols()) - scores);
    }
    std::swap(before, after);
  }
}

/// Another decoder, which reads in training its own symbols in place of the target's: see
/// `feed_own_symbols`. A switch to reproduce systems that do so.
/// \source github.com/akashrajkn/akruti
template <Decoder D>
class OwnSymbols : public D {
  static_assert(StepsIn<D, Tape<float>>,
                "OwnSymbols: the steps of this decoder must take a tape too");

 public:
  /// \param on false leaves the decoder as it is
  explicit OwnSymbols(D decoder, bool on = true) : D(std::move(decoder)), on_(on) {}

  /// See `ChoosesInputs`.
  template <class Scalar>
  void choose_inputs(Tape<Scalar>& tape, const Conditions<Scalar>& given, const Symbols& inputs,
                     std::span<Symbol> ids) const {
    if (on_) feed_own_symbols(tape, static_cast<const D&>(*this), given, inputs, ids);
  }

 private:
  bool on_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::compat

// What a head may look at besides the encoder's code: the mode of the forward pass, and its draws.
#pragma once

#include <cstdint>
#include <span>

#include <vaecollapse/autodiff/mode.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/latent/concepts.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// A forward pass through a head. It is made of a `Mode`, and becomes one where a head asks for no
/// more.
class HeadPass {
 public:
  HeadPass(Mode mode = Mode::evaluate) : mode_(mode) {}
  /// A pass whose draws a head may use: in training mode if they are those of training.
  /// \param rows the corpus rows of the code's columns, which address draws; both must outlive this
  HeadPass(const Draws& draws, std::span<const std::uint32_t> rows)
      : mode_(draws.pass() == Pass::train ? Mode::train : Mode::evaluate),
        draws_(&draws),
        rows_(rows) {}
  HeadPass(const Draws&&, std::span<const std::uint32_t>) = delete;  // give the Draws a name

  operator Mode() const { return mode_; }
  Mode mode() const { return mode_; }
  /// Null where there are none.
  const Draws* draws() const { return draws_; }
  std::span<const std::uint32_t> rows() const { return rows_; }

 private:
  Mode mode_;
  const Draws* draws_ = nullptr;
  std::span<const std::uint32_t> rows_;
};

/// `posterior.head(cx, code, mode)` or `posterior.head(cx, code, pass)`: training differs.
template <class P>
concept HeadKnowsPass = HasHead<P> && requires(const P& posterior, Tape<float>& tape,
                                               const CodeOf<P, float>& code, const HeadPass& pass) {
  { posterior.head(tape, code, pass) } -> std::same_as<decltype(posterior.head(tape, code))>;
};

/// q(z|x) of any family in a forward pass.
template <Context C, HasHead P>
auto head_of(C& cx, const P& posterior, const CodeOf<P, typename C::scalar_type>& code,
             const HeadPass& pass) {
  if constexpr (HeadKnowsPass<P>) {
    return posterior.head(cx, code, pass);
  } else {
    return posterior.head(cx, code);
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

// A decoder that starts from the encoder's state, as a published system has it.
#pragma once

#include <optional>
#include <string>

#include <vaecollapse/autodiff/ops/shape.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/model/decoder.hpp>
#include <vaecollapse/model/initial_state.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::compat {

/// h_0 = s, the encoder's output, in what the decoder is given, [z; s]; or `ProjectedState` where
/// that output has no width. With s there are no parameters, and what else a cell's state has, of
/// an LSTM the first cell state, is zeros.
class EncoderState {
 public:
  /// \pre encoder_state is 0 or the width of the decoder's output: see `BypassedRecurrentDecoder`
  EncoderState(Layout& layout, const std::string& name, const InitialStateSizes& sizes,
               Index encoder_state)
      : latent_(sizes.latent), width_(encoder_state) {
    if (encoder_state == 0) projected_.emplace(layout, name, sizes);
  }

  /// \shape z [Z x B], or [(Z + encoder_state) x B] with s
  template <Context C, class Scalar = typename C::scalar_type>
  DecoderStart<Scalar> operator()(C& cx, const Var<Scalar, 2>& z,
                                  const Var<Scalar, 2>& tags) const {
    if (projected_) return (*projected_)(cx, z, tags);
    require_shapes(z.rows() == latent_ + width_, "decoder",
                   {{"z", z.shape()}, {"latent, encoder's state", Shape<2>{{latent_, width_}}}},
                   "z must have a row for each latent dimension, and with a bypass for each unit "
                   "of the encoder's state");
    return {middle_rows(cx, z, 0, latent_), middle_rows(cx, z, latent_, width_)};
  }

 private:
  Index latent_, width_;
  std::optional<ProjectedState> projected_;
};

/// A decoder that is given [z; s] for z, s the encoder's code: words need not pass through z, and
/// the rate does not hold what they cost. A switch to reproduce systems that do so.
template <AttendingCell Recurrent>
class BypassedRecurrentDecoder : public RecurrentDecoder<Recurrent, EncoderState> {
  using Decoder = RecurrentDecoder<Recurrent, EncoderState>;

 public:
  using typename Decoder::Sizes;

  /// `encoder_state` is the width of s, which is `sizes.hidden`, or 0: then this is a
  /// `RecurrentDecoder` from a projected state. \throws Error if s is no output of the decoder, or
  /// as that; z cannot enter h_0 alone
  BypassedRecurrentDecoder(Layout& layout, const std::string& name, const Sizes& sizes,
                           Index encoder_state, const CellFactory<Recurrent>& make_cell = {})
      : Decoder(layout, name, checked(sizes, encoder_state), make_cell, encoder_state),
        encoder_state_(encoder_state) {}

  /// See `ConditionsOnCode`.
  template <Context C, class CodeOf, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> conditioning(C& cx, const Var<Scalar, 2>& z, CodeOf&& code) const {
    return encoder_state_ > 0 ? concatenate(cx, z, code()) : z;
  }

 private:
  static const Sizes& checked(const Sizes& sizes, Index encoder_state) {
    if (encoder_state == 0) return sizes;
    if (!sizes.z_into.inputs && !sizes.z_into.output) {
      raise(
          Error("decoder: z enters nowhere: it must enter the inputs or the output, h_0 being "
                "the encoder's state"));
    }
    if (encoder_state != sizes.hidden) {
      vaecollapse::detail::raise_error(
          {"decoder: the encoder's state is ", encoder_state, " wide, the decoder's ", sizes.hidden,
           ": where the one bypasses z to begin the other, both must be equal"});
    }
    return sizes;
  }

  Index encoder_state_;
};

/// That of a GRU.
using BypassedDecoder = BypassedRecurrentDecoder<Gru>;

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::compat

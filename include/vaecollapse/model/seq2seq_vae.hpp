// The sequence VAE with its two policies: how the rate is paid for, and how the decoder is
// weakened. A trainer trains this type.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include <vaecollapse/autodiff/print.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/dropout/concepts.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/model/auxiliary.hpp>
#include <vaecollapse/model/label_smoothing.hpp>
#include <vaecollapse/model/sequence_vae.hpp>
#include <vaecollapse/model/step.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// `decoder.choose_inputs(tape, given, inputs, ids)`: in training the decoder may read
/// other symbols than the target's. It changes `ids`, which are what dropout has left of `inputs`.
template <class D>
concept ChoosesInputs = Decoder<D> &&
    requires(const D& decoder, Tape<float>& tape, const detail::ConditionsOf<D, float>& given,
             const Symbols& inputs, std::span<Symbol> ids) {
  decoder.choose_inputs(tape, given, inputs, ids);
};

/// A network, an objective (with auxiliary losses, if any) and a dropout policy. The policies
/// matter in training only; a trained model is its network alone.
template <Encoder E, Decoder D, TrainingObjective Objective, InputCorruption Dropout,
          class P = AnyPosterior>
class Seq2SeqVae {
 public:
  using Network = SequenceVae<E, D, P>;

  /// \param smoothing of the targets, in training alone: its NLL is then that of smoothed targets
  Seq2SeqVae(Network network, Objective objective, Dropout dropout,
             LabelSmoothing smoothing = LabelSmoothing())
      : network_(std::move(network)),
        objective_(std::move(objective)),
        dropout_(std::move(dropout)),
        smoothing_(smoothing) {}

  const Network& network() const& { return network_; }
  const Objective& objective() const& { return objective_; }
  const Dropout& dropout() const& { return dropout_; }
  Network network() const&& { return network_; }
  Objective objective() const&& { return objective_; }
  Dropout dropout() const&& { return dropout_; }

  /// Forward with z sampled and the decoder's inputs corrupted, then backward: gradients add up in
  /// the tape's parameters. `corruption` is the dropout policy's memory, kept between steps; it
  /// must outlive the call only. If the loss is not finite and `fault` is given, `fault` receives
  /// the first value on the tape that is not finite. All gradients are those of the loss times
  /// `weight`, which the report leaves out.
  template <class Scalar>
  Report differentiate(Tape<Scalar>& tape, const Batch& batch, const Draws& draws,
                       Corruption& corruption, std::string* fault = nullptr,
                       double weight = 1) const {
    const Scope scope(tape);
    corrupt(dropout_, batch.inputs(), batch.rows(), draws, corruption);
    const auto inputs_for = [&](const auto& given) {
      if constexpr (ChoosesInputs<D>) {
        network_.decoder().choose_inputs(tape, given, batch.inputs(), corruption.ids);
      }
      return DecoderInputs{{batch.inputs().plan, corruption.ids},
                           {corruption.unit_rate, corruption.stream, draws, batch.rows()}};
    };
    const auto pass = network_.forward(tape, batch, draws, inputs_for, smoothing_);
    const Report report = [&] {
      if constexpr (auxiliary_count<Objective> == 0) {
        return backward(tape, objective_, pass.terms, {}, weight);
      } else {
        const auto posterior = posterior_of(pass.encoded.q, pass.z, pass.terms.kl);
        return backward(tape, rate_policy(objective_), pass.terms,
                        auxiliary_terms(tape, objective_, posterior, batch), weight);
      }
    }();
    if (fault != nullptr && !is_finite(report.loss)) *fault = first_non_finite(tape);
    return report;
  }

  /// Backward alone, from terms that are on the tape, without auxiliary losses.
  template <class Scalar>
  Report differentiate(Tape<Scalar>& tape, const VaeTerms<Scalar>& terms,
                       std::string* fault = nullptr, double weight = 1) const {
    const Report report = backward(tape, rate_policy(objective_), terms, {}, weight);
    if (fault != nullptr && !is_finite(report.loss)) *fault = first_non_finite(tape);
    return report;
  }

  /// To be called once after the optimiser's step.
  void after_step(const Report& report) { notify_step(rate_policy(objective_), report); }

  /// A phase of the training begins: its objective is in force.
  void enter_phase(std::uint64_t phase) {
    vaecollapse::enter_phase(rate_policy(objective_), phase);
  }

  void visit(Visitor& visitor) { visit_state("objective", rate_policy(objective_), visitor); }

 private:
  Network network_;
  Objective objective_;
  Dropout dropout_;
  LabelSmoothing smoothing_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

// The sequence VAE with its two policies: how the rate is paid for, and how the decoder is
// weakened. This is what a trainer trains.
#pragma once

#include <string>
#include <utility>

#include <vaecollapse/autodiff/print.hpp>
#include <vaecollapse/compat/own_symbols.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/dropout/concepts.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/model/auxiliary.hpp>
#include <vaecollapse/model/sequence_vae.hpp>
#include <vaecollapse/model/step.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// How a training step departs from the rule. Both are for the reproduction of systems that do so.
struct TrainingSwitches {
  /// z = mu: no noise, so nothing makes the posterior wide but the KL.
  bool mean_z = false;
  /// The decoder hears its own symbols in place of the target's; see `hear_own_symbols`.
  bool own_symbols = false;
};

/// A network, an objective (with auxiliary losses, if any) and a dropout policy. The network is all
/// that is needed afterwards; the policies matter in training only.
template <Encoder E, Decoder D, TrainingObjective Objective, InputCorruption Dropout,
          PosteriorFamily P = AnyPosterior>
class Seq2SeqVae {
 public:
  using Network = SequenceVae<E, P, D>;

  Seq2SeqVae(Network network, Objective objective, Dropout dropout, TrainingSwitches switches = {})
      : network_(std::move(network)),
        objective_(std::move(objective)),
        dropout_(std::move(dropout)),
        switches_(switches) {}

  const Network& network() const& { return network_; }
  const Objective& objective() const& { return objective_; }
  const Dropout& dropout() const& { return dropout_; }
  Network network() const&& { return network_; }
  Objective objective() const&& { return objective_; }
  Dropout dropout() const&& { return dropout_; }

  /// Forward with z sampled and the decoder's inputs corrupted, then backward: gradients add up in
  /// the tape's parameters. `plan` is the dropout policy's memory, kept between steps; it must
  /// outlive the call only. Where the loss is not finite, and `fault` is given, it is told the
  /// first value on the tape that is not.
  template <class Scalar>
  Report differentiate(Tape<Scalar>& tape, const Batch& batch, const Draws& draws, Corruption& plan,
                       std::string* fault = nullptr) const {
    const Scope scope(tape);
    corrupt(dropout_, batch.inputs(), batch.rows(), draws, plan);
    const auto encoded = network_.infer(tape, batch);
    const auto z = switches_.mean_z
                       ? network_.posterior().mean(encoded.q)
                       : network_.posterior().sample(tape, encoded.q, draws, batch.rows());
    const auto given = network_.with_bypass(tape, z, encoded.code);
    if (switches_.own_symbols) hear_itself(tape, given, batch, plan);
    const Symbols inputs{batch.inputs().plan, plan.ids};
    const kernels::UnitDropout units{plan.unit_rate, plan.stream, draws, batch.rows()};
    const VaeTerms<Scalar> terms{.nll = network_.nll(tape, given, batch, inputs, units),
                                 .kl = network_.posterior().kl(tape, encoded.q, z),
                                 .symbols = Network::symbols_per_word(batch)};
    const Report report = [&] {
      if constexpr (auxiliary_count<Objective> == 0) {
        return backward(tape, objective_, terms);
      } else {
        const Posterior<Scalar> posterior{encoded.q.mu, encoded.q.logvar, z, terms.kl};
        return backward(tape, rate_policy(objective_), terms,
                        auxiliary_terms(tape, objective_, posterior, batch));
      }
    }();
    if (fault != nullptr && !is_finite(report.loss)) *fault = first_non_finite(tape);
    return report;
  }

  /// To be called once after the optimiser's step.
  void after_step(const Report& report) { notify_step(rate_policy(objective_), report); }

  void visit(Visitor& visitor) { visit_state("objective", rate_policy(objective_), visitor); }

 private:
  template <class Scalar>
  void hear_itself(Tape<Scalar>& tape, const Var<Scalar, 2>& given, const Batch& batch,
                   Corruption& plan) const {
    if constexpr (StepsIn<D, Tape<Scalar>>) {
      hear_own_symbols(tape, network_.decoder(), given, batch.tags(), batch.inputs(), plan.ids);
    } else {
      raise(Error("seq2seq_vae: this decoder cannot hear itself: its steps take no tape"));
    }
  }

  Network network_;
  Objective objective_;
  Dropout dropout_;
  TrainingSwitches switches_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

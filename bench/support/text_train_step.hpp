// One training step of a sentence VAE with a large vocabulary, on the made-up rows of
// support/train_step.hpp, whose symbols are words here: a recurrent encoder reads the sentence, z
// is drawn from a Gaussian computed from its last state, and a decoder that starts from tanh(W z +
// b) reads the word before and z. The output layer is `linear_cross_entropy`.
#pragma once

#include <array>

#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/linear_cross_entropy.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/linear.hpp>
#include <vaecollapse/nn/lstm.hpp>

#include "support/train_step.hpp"

namespace vaecollapse::bench {

/// The network, of a GRU or an LSTM on both sides.
template <class Recurrent>
class TextTrainStepNetwork {
 public:
  TextTrainStepNetwork(Layout& layout, const TrainStepOptions& sizes)
      : read_(layout, "read", {sizes.symbols, sizes.embedding}),
        encoder_(layout, "encoder", {sizes.embedding, sizes.hidden}),
        posterior_(layout, "posterior", {sizes.hidden, sizes.latent}),
        before_(layout, "before", {sizes.symbols, sizes.embedding}),
        decoder_(layout, "decoder", {sizes.embedding, sizes.hidden, sizes.latent}),
        initial_(layout, "initial", {sizes.latent, decoder_.state_size()}),
        output_(layout, "output", {sizes.hidden, sizes.symbols}) {}

  template <class Scalar>
  VaeTerms<Scalar> terms(Tape<Scalar>& tape, const Batch& batch, const Draws& draws) const {
    const auto code = encoder_(tape, read_(tape, batch.source())).last();
    const auto q = posterior_(tape, code, draws, batch.rows());
    const Symbols symbols = batch.inputs();
    const std::array inputs{Contribution<Scalar>::per_symbol(before_(tape, symbols)),
                            Contribution<Scalar>::per_row(q.z)};
    const Sequence<Scalar> states =
        decoder_.sequence(tape, inputs, *symbols.plan, tanh(tape, initial_(tape, q.z))).states;
    return {.nll = linear_cross_entropy(tape, tape.parameter(output_.weight()),
                                        tape.parameter(output_.bias()), states, batch.targets()),
            .kl = q.kl};
  }

  static double flops_forward(const TrainStepOptions& o, const Batch& batch) {
    const auto product = TrainStepNetwork::product;
    const Index gates = Recurrent::name() == Lstm::name() ? 4 * o.hidden : 3 * o.hidden;
    const double source = product(o.embedding + o.hidden, gates);
    const double target =
        product(o.embedding + o.latent + o.hidden, gates) + product(o.hidden, o.symbols);
    const double sentence = 2 * product(o.hidden, o.latent) + product(o.latent, o.hidden);
    return double(batch.source().plan->columns()) * source +
           double(batch.inputs().plan->columns()) * target + double(batch.size()) * sentence;
  }

 private:
  Embedding read_;
  Recurrent encoder_;
  GaussianHead posterior_;
  Embedding before_;
  Recurrent decoder_;
  Linear initial_;
  Linear output_;
};

template <class Recurrent>
using TextTrainStep = TrainStepOf<TextTrainStepNetwork<Recurrent>>;

/// The sizes of the literature's sentence VAEs.
inline TrainStepOptions with_words(TrainStepOptions options) {
  options.symbols = 10000;
  options.tags_per_word = 0;
  options.latent = 32;
  return options;
}

}  // namespace vaecollapse::bench

// How far the decoder's logits move with z: the Jacobian's norm, through the tape.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/evaluate/codes.hpp>
#include <vaecollapse/evaluate/probing.hpp>
#include <vaecollapse/metrics/sequence_parts.hpp>
#include <vaecollapse/model/sequence_vae.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Norms of d logits / dz of one symbol, as root mean squares over symbols.
/// \unit logits (nats) for each unit of z
struct DecoderSensitivity {
  double norm = 0;                    ///< Frobenius
  std::vector<double> per_dimension;  ///< of its columns; of a sequence, of all places together
  /// The same for the global z of a sequence. The squares of both add up to that of
  /// `norm`.
  std::vector<double> per_global_dimension{};
};

namespace detail {

/// All columns of a latent.
template <class Scalar>
Var<Scalar, 2> columns_of(const Var<Scalar, 2>& z) {
  return z;
}
template <class Scalar>
Var<Scalar, 2> columns_of(const Sequence<Scalar>& z) {
  return z.columns;
}

/// The same numbers, with a gradient of their own.
template <class Scalar, class Z>
Z leaf_of(Tape<Scalar>& tape, Z z) {
  const Var<Scalar, 2> from = columns_of(z);
  const auto to = tape.template make<2>(from.shape());
  std::copy_n(from.data(), from.size(), to.data());
  if constexpr (std::same_as<Z, Sequence<Scalar>>) {
    z.columns = to;
  } else {
    z = to;
  }
  return z;
}

}  // namespace detail

/// d (sum of seed(column, symbol) logits) / dz of a batch, at the posterior's mean, the decoder
/// reading the targets. \shape [Z x B], or [Z x places]
template <class Network, class Scalar, class SeedOf>
std::vector<Scalar> logit_gradient(Probing<Network, Scalar>& probing, const Batch& batch,
                                   SeedOf&& seed_of) {
  const Network& network = probing.network();
  Tape<Scalar>& tape = probing.tape();
  const Scope scope(tape);
  const auto z = detail::leaf_of(tape, network.posterior().mean(network.encode(tape, batch)));
  const auto given = network.conditioning(tape, z, batch);
  const Var<Scalar, 2> logits = network.decoder()(tape, given, batch.inputs()).columns;
  for (Index j = 0; j < logits.columns(); ++j) {
    for (Index i = 0; i < logits.rows(); ++i) {
      logits.gradient_data()[j * logits.rows() + i] = seed_of(j, i);
    }
  }
  tape.run_backward();
  probing.zero_gradients();
  const Var<Scalar, 2> columns = detail::columns_of(z);
  return {columns.gradient_data(), columns.gradient_data() + columns.size()};
}

namespace detail {

inline void require_directions(std::uint32_t directions, Index symbols) {
  if (directions == 0 || directions > Draws::samples) {
    detail::raise_error({"decoder_sensitivity: directions are ", directions,
                         ": there must be 1 at least and ", Draws::samples, " at most"});
  }
  if (symbols > Index{Draws::units}) {
    detail::raise_error({"decoder_sensitivity: symbols are ", symbols, ": there are draws for ",
                         Draws::units, " at most"});
  }
}

/// Sums of squares by dimension, of places and of the global z.
class SquaresByDimension {
 public:
  SquaresByDimension(Index latent, Index batch, const SequenceParts& parts)
      : latent_(latent), batch_(batch), parts_(parts) {
    of_places.resize(static_cast<std::size_t>(latent));
    of_global.resize(static_cast<std::size_t>(parts.global));
  }

  /// \shape slopes [Z x B], or [Z x columns of the sequences' plan]
  template <class Scalar>
  void add(const std::vector<Scalar>& slopes) {
    for (Index i = 0; i < static_cast<Index>(slopes.size()); ++i) {
      const auto slope = static_cast<double>(at(slopes, i));
      const Index column = i / latent_, dimension = i % latent_;
      // The first steps of a plan hold every row, so the vectors' columns come first.
      if (column >= parts_.global_columns * batch_) {
        at(of_places, dimension) += slope * slope;
      } else if (const Index d = column / batch_ * latent_ + dimension; d < parts_.global) {
        at(of_global, d) += slope * slope;
      }
    }
  }

  std::vector<double> of_places, of_global;

 private:
  Index latent_, batch_;
  SequenceParts parts_;
};

}  // namespace detail

/// Estimates the squares of the Jacobian by `directions` random signs v: E |v' J|^2 = |J|^2.
/// \throws Error for no directions, and for more directions or symbols than draws can tell apart
/// \source Hutchinson 1990
template <class Network, class Scalar>
DecoderSensitivity decoder_sensitivity(Probing<Network, Scalar>& probing, const Batch& batch,
                                       std::uint32_t directions = 16, Seed seed = Seed{0}) {
  const Network& network = probing.network();
  detail::require_directions(directions, network.decoder().symbols());
  const Draws draws(seed, 0, Pass::diagnose);
  detail::SquaresByDimension squares(network.posterior().latent(), batch.size(),
                                     sequence_parts(network.posterior()));
  for (std::uint32_t v = 0; v < directions; ++v) {
    const auto slopes = logit_gradient(probing, batch, [&](Index column, Index symbol) {
      const std::uint32_t word = draws.word(Stream::permutation, static_cast<std::uint32_t>(column),
                                            v, 0, static_cast<std::uint32_t>(symbol));
      return static_cast<Scalar>(word >> 31 == 0 ? 1 : -1);
    });
    squares.add(slopes);
  }
  const double symbols = static_cast<double>(batch.targets().plan->columns());
  DecoderSensitivity found;
  double total = 0;
  const auto add = [&](const std::vector<double>& sums, std::vector<double>& norms) {
    for (const double sum : sums) {
      const double mean = sum / directions / symbols;
      total += mean;
      norms.push_back(std::sqrt(mean));
    }
  };
  add(squares.of_places, found.per_dimension);
  add(squares.of_global, found.per_global_dimension);
  found.norm = std::sqrt(total);
  return found;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

// How far the decoder's logits move with z: the Jacobian's norm, through the tape.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/metrics/decoder_sensitivity.hpp>
#include <vaecollapse/model/sequence_vae.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The gradients of logits by the z of a batch, at the posterior's mean, the decoder reading the
/// targets. The parameters' values stay; their gradients are zero afterwards.
template <class Network, class Scalar = float>
class SensitivityProber {
 public:
  /// \param parameters are those of the network; all must outlive this
  SensitivityProber(const Network& network, Parameters<Scalar>& parameters, Team& team)
      : network_(network), parameters_(parameters), tape_(parameters, team) {}
  SensitivityProber(const Network&&, Parameters<Scalar>&, Team&) = delete;

  /// Estimates the squares of the Jacobian by `directions` random signs v: E |v' J|^2 = |J|^2.
  /// \throws Error for no directions, and for more directions or symbols than draws can tell apart
  /// \source Hutchinson 1990
  DecoderSensitivity operator()(const Batch& batch, std::uint32_t directions = 16,
                                Seed seed = Seed{0}) {
    require_draws(directions);
    const Draws draws(seed, 0, Pass::diagnose);
    std::vector<double> squares(static_cast<std::size_t>(network_.posterior().latent()));
    for (std::uint32_t v = 0; v < directions; ++v) {
      const auto slopes = gradient(batch, [&](Index column, Index symbol) {
        const std::uint32_t word =
            draws.word(Stream::permutation, static_cast<std::uint32_t>(column), v, 0,
                       static_cast<std::uint32_t>(symbol));
        return static_cast<Scalar>(word >> 31 == 0 ? 1 : -1);
      });
      for (std::size_t i = 0; i < slopes.size(); ++i) {
        const auto slope = static_cast<double>(slopes[i]);
        squares[i % squares.size()] += slope * slope;
      }
    }
    const double symbols = static_cast<double>(batch.targets().plan->columns());
    DecoderSensitivity found;
    double total = 0;
    for (const double sum : squares) {
      const double mean = sum / directions / symbols;
      total += mean;
      found.per_dimension.push_back(std::sqrt(mean));
    }
    found.norm = std::sqrt(total);
    return found;
  }

  /// d (sum of seed(column, symbol) logits) / dz. \shape [Z x B]
  template <class SeedOf>
  std::vector<Scalar> gradient(const Batch& batch, SeedOf&& seed_of) {
    const Scope scope(tape_);
    const Var<Scalar, 2> mean = network_.posterior().mean(network_.encode(tape_, batch));
    const auto z = tape_.template make<2>(mean.shape());
    std::copy_n(mean.data(), mean.size(), z.value_view().data);
    const auto given = network_.conditioning(tape_, z, batch);
    const Var<Scalar, 2> logits =
        network_.decoder()(tape_, given, batch.tags(), batch.inputs()).columns;
    for (Index j = 0; j < logits.columns(); ++j) {
      for (Index i = 0; i < logits.rows(); ++i) {
        logits.gradient_data()[j * logits.rows() + i] = seed_of(j, i);
      }
    }
    tape_.run_backward();
    parameters_.zero_gradients();
    return {z.gradient_data(), z.gradient_data() + z.size()};
  }

 private:
  void require_draws(std::uint32_t directions) const {
    if (directions == 0 || directions > Draws::samples) {
      raise(Error("SensitivityProber: directions are " + std::to_string(directions) +
                  ": there must be 1 at least and " + std::to_string(Draws::samples) + " at most"));
    }
    const Index symbols = network_.decoder().symbols();
    if (symbols > Index{Draws::units}) {
      raise(Error("SensitivityProber: symbols are " + std::to_string(symbols) +
                  ": there are draws for " + std::to_string(Draws::units) + " at most"));
    }
  }

  const Network& network_;
  Parameters<Scalar>& parameters_;
  Tape<Scalar> tape_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

// The parts that probes with gradients share: a network and a tape.
#pragma once

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/team.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// A network on a tape, for `probe_posteriors` and `decoder_sensitivity`. The parameters' values
/// stay; each probe leaves their gradients zero.
template <class Network, class Scalar = float>
class Probing {
 public:
  /// \param parameters are those of the network; all must outlive this
  Probing(const Network& network, Parameters<Scalar>& parameters, Team& team)
      : network_(network), parameters_(parameters), tape_(parameters, team) {}
  Probing(const Network&&, Parameters<Scalar>&, Team&) = delete;

  const Network& network() const { return network_; }
  Tape<Scalar>& tape() { return tape_; }
  void zero_gradients() { parameters_.zero_gradients(); }

 private:
  const Network& network_;
  Parameters<Scalar>& parameters_;
  Tape<Scalar> tape_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

// One mask for a whole batch, as a published system has it.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/dropout/concepts.hpp>
#include <vaecollapse/dropout/corruption.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::compat {

/// Another policy whose draws are those of one row: it drops the same positions in every word of
/// the batch, so that a step sees one draw where it could see B. A switch to reproduce systems that
/// do so. The units of embedding dropout keep coins of their own.
/// \cost allocates in every step
/// \source github.com/akashrajkn/akruti
template <class Policy>
class BatchWide {
  static_assert(require_corruption<Policy>());

 public:
  // Takes nothing that converts to a policy: an erased one is made of this very class.
  template <std::same_as<Policy> P>
  explicit BatchWide(P policy) : policy_(std::move(policy)) {}

  void apply(const Symbols& inputs, std::span<const std::uint32_t> rows, const Draws& draws,
             Corruption& out) const {
    require_begun("BatchWide", inputs, rows, out);
    const std::vector<std::uint32_t> one_row(rows.size());
    policy_.apply(inputs, one_row, draws, out);
  }

 private:
  Policy policy_;
};

/// The policy is taken as it is given.
template <class Policy>
BatchWide(Policy) -> BatchWide<Policy>;

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::compat

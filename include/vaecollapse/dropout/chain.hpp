// Several dropout policies, one after the other.
#pragma once

#include <cstdint>
#include <span>
#include <tuple>
#include <utility>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/dropout/concepts.hpp>
#include <vaecollapse/dropout/corruption.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Each policy changes what the one before it has left, by draws of its own:
/// `Chain<CharacterDropout<0.2>, ContiguousDropout<0.1, 3.5>>`.
template <class... Policies>
class Chain {
  static_assert((require_corruption<Policies>() && ...));

 public:
  Chain() = default;
  explicit Chain(Policies... policies) requires(sizeof...(Policies) > 0)
      : policies_(std::move(policies)...) {}

  void apply(const Symbols& inputs, std::span<const std::uint32_t> rows, const Draws& draws,
             Corruption& out) const {
    std::apply([&](const Policies&... each) { (each.apply(inputs, rows, draws, out), ...); },
               policies_);
  }

 private:
  std::tuple<Policies...> policies_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

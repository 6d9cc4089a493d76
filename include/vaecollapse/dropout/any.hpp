// A dropout policy chosen at run time.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>

#include <vaecollapse/core/erased.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/dropout/concepts.hpp>
#include <vaecollapse/dropout/corruption.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Any dropout policy, as a copyable value. \cost one virtual call a step
class AnyCorruption {
 public:
  template <class Policy>
  requires(!std::same_as<Policy, AnyCorruption> && InputCorruption<Policy>)
      AnyCorruption(const Policy& policy)
      : held_(policy) {}

  void apply(const Symbols& inputs, std::span<const std::uint32_t> rows, const Draws& draws,
             Corruption& out) const {
    held_->apply(inputs, rows, draws, out);
  }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual void apply(const Symbols& inputs, std::span<const std::uint32_t> rows,
                       const Draws& draws, Corruption& out) const = 0;
  };

  template <class Policy>
  struct Holding final : Interface {
    explicit Holding(const Policy& value) : policy(value) {}
    void apply(const Symbols& inputs, std::span<const std::uint32_t> rows, const Draws& draws,
               Corruption& out) const override {
      policy.apply(inputs, rows, draws, out);
    }

    Policy policy;
  };

  detail::Erased<Interface, Holding> held_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

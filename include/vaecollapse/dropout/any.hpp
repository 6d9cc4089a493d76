// A dropout policy chosen at run time.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <span>

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
      : held_(std::make_shared<const Holding<Policy>>(policy)) {}

  // No move, so none is ever empty.
  AnyCorruption(const AnyCorruption&) = default;
  AnyCorruption& operator=(const AnyCorruption&) = default;
  ~AnyCorruption() = default;

  void apply(const Symbols& inputs, std::span<const std::uint32_t> rows, const Draws& draws,
             Corruption& out) const {
    held_->apply(inputs, rows, draws, out);
  }

 private:
  struct Held {
    virtual ~Held() = default;
    virtual void apply(const Symbols& inputs, std::span<const std::uint32_t> rows,
                       const Draws& draws, Corruption& out) const = 0;
  };

  template <class Policy>
  struct Holding final : Held {
    explicit Holding(const Policy& value) : policy(value) {}
    void apply(const Symbols& inputs, std::span<const std::uint32_t> rows, const Draws& draws,
               Corruption& out) const override {
      policy.apply(inputs, rows, draws, out);
    }
    Policy policy;
  };

  // `apply` is const, so copies may share what they hold.
  std::shared_ptr<const Held> held_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

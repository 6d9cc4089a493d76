// How checked builds notice a Var that outlived its Scope.
#pragma once

#include <cstdint>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/stack.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The scopes of one context that are open now, each with a number that is never used again.
class ScopeClock {
 public:
  ScopeClock() { open_.push(0); }

  void open() { open_.push(++latest_); }
  void close() { open_.shrink(open_.size() - 1); }
  std::uint64_t innermost() const { return open_.back(); }
  bool is_open(std::uint64_t scope) const {
    for (const std::uint64_t candidate : open_) {
      if (candidate == scope) return true;
    }
    return false;
  }

 private:
  detail::Stack<std::uint64_t> open_;
  std::uint64_t latest_ = 0;
};

/// Remembers in which scope a Var was made. Empty and free where builds are not checked.
class ScopeStamp {
 public:
  ScopeStamp() = default;
#if VAECOLLAPSE_CHECKED
  explicit ScopeStamp(const ScopeClock& clock)
      : clock_(&clock), scope_(clock.innermost()), carrier_(&clock) {}
  /// That of a parameter: any tape may add to its gradient.
  ScopeStamp of_parameter() const {
    ScopeStamp result = *this;
    result.carrier_ = nullptr;
    return result;
  }
  /// The clock of the tape that carries the gradient back, null where any may.
  const ScopeClock* carrier() const { return carrier_; }
  void check() const {
    if (clock_ == nullptr || clock_->is_open(scope_)) return;
    raise(Error("a Var was used after the Scope in which it was made had closed"));
  }

 private:
  const ScopeClock* clock_ = nullptr;
  std::uint64_t scope_ = 0;
  const ScopeClock* carrier_ = nullptr;
#else
  explicit ScopeStamp(const ScopeClock&) {}
  ScopeStamp of_parameter() const { return *this; }
  void check() const {}
#endif
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

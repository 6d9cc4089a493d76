// Version numbers that are never used twice. A result that is kept under the version of the object
// it was computed from is never mistaken for the result of a changed object, or of another object
// at the same address.
#pragma once

#include <atomic>
#include <cstdint>

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::detail {

/// The number of what its object holds now. A copy has a number of its own; assigning, moving and
/// swapping give new numbers to all that take part. So no two objects of a program ever have the
/// same, nor one object at two times, nor two objects one after the other at one address. Threads
/// may make objects at the same time.
class UniqueVersion {
 public:
  UniqueVersion() noexcept : number_(take_numbers()) {}
  UniqueVersion(const UniqueVersion&) noexcept : UniqueVersion() {}
  UniqueVersion(UniqueVersion&& other) noexcept : UniqueVersion() { other.renew(); }
  UniqueVersion& operator=(const UniqueVersion&) noexcept {
    renew();
    return *this;
  }
  UniqueVersion& operator=(UniqueVersion&& other) noexcept {
    renew();
    other.renew();
    return *this;
  }
  ~UniqueVersion() = default;

  /// To be called before what the object holds may change.
  void renew() noexcept {
    if (++number_ % numbers_at_once == 0) number_ = take_numbers();
  }
  /// Never 0.
  std::uint64_t number() const { return number_; }

 private:
  /// An object takes many numbers at once, so that to renew is no atomic operation. There are
  /// enough for 2^44 objects.
  static constexpr std::uint64_t numbers_at_once = std::uint64_t{1} << 20;

  static std::uint64_t take_numbers() noexcept {
    return next_.fetch_add(numbers_at_once, std::memory_order_relaxed);
  }

  static inline std::atomic<std::uint64_t> next_{numbers_at_once};
  std::uint64_t number_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::detail

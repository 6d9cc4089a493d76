// Flat memory of a fixed size for parameters, gradients and moments.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::detail {

/// Numbers that begin on a cache line: a vector that straddles two takes twice as long to read.
/// Copies are deep.
template <class Scalar>
class Buffer {
  static_assert(std::is_trivially_copyable_v<Scalar>);

 public:
  Buffer() = default;
  /// All zero.
  explicit Buffer(Index size) : numbers_(allocate(size)), size_(size) {
    std::fill_n(numbers_, size, Scalar(0));
  }
  Buffer(const Buffer& other) : numbers_(allocate(other.size_)), size_(other.size_) {
    std::copy_n(other.numbers_, size_, numbers_);
  }
  Buffer(Buffer&& other) noexcept
      : numbers_(std::exchange(other.numbers_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer other) noexcept {
    std::swap(numbers_, other.numbers_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Buffer() {
    if (numbers_ != nullptr) ::operator delete[](numbers_, std::align_val_t{alignment});
  }

  std::size_t size() const { return static_cast<std::size_t>(size_); }
  bool empty() const { return size_ == 0; }
  Scalar* data() { return numbers_; }
  const Scalar* data() const { return numbers_; }
  operator std::span<Scalar>() { return {numbers_, size()}; }
  operator std::span<const Scalar>() const { return {numbers_, size()}; }

 private:
  static constexpr std::size_t alignment = 64;

  /// \throws std::bad_alloc, and Error for a size that is negative or greater than memory can be
  static Scalar* allocate(Index size) {
    if (size == 0) return nullptr;
    if (static_cast<std::size_t>(size) > PTRDIFF_MAX / sizeof(Scalar)) {
      detail::raise_error({"buffer: the size is ", size,
                           ": it must be at least 0, and memory must have room for all numbers"});
    }
    return static_cast<Scalar*>(::operator new[](static_cast<std::size_t>(size) * sizeof(Scalar),
                                                 std::align_val_t{alignment}));
  }

  Scalar* numbers_ = nullptr;
  Index size_ = 0;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::detail

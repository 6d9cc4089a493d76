// A growing array of plain objects, for what is pushed and popped all the time: nodes of a
// tape, blocks of an arena, open scopes. It compiles to a few small functions; a std::vector that
// grows compiles to eighty for each type, a large part of a small program's compile time.
#pragma once

#include <cstddef>
#include <type_traits>

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::detail {

/// Keeps its memory when it shrinks.
template <class T>
class Stack {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Stack() = default;
  ~Stack() { delete[] items_; }
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  void push(T item) {
    make_room();
    items_[size_++] = item;
  }
  /// The next `push` allocates nothing.
  void make_room() {
    if (size_ == capacity_) grow();
  }
  /// Forgets all items but the first `size`. \pre there are so many
  void shrink(std::size_t size) { size_ = size; }

  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return items_[i]; }
  const T& operator[](std::size_t i) const { return items_[i]; }
  /// \pre there is one
  T& back() { return items_[size_ - 1]; }
  const T& back() const { return items_[size_ - 1]; }
  const T* begin() const { return items_; }
  const T* end() const { return items_ + size_; }

 private:
  void grow() {
    const std::size_t capacity = capacity_ == 0 ? 8 : 2 * capacity_;
    T* larger = new T[capacity];
    for (std::size_t i = 0; i < size_; ++i) larger[i] = items_[i];
    delete[] items_;
    items_ = larger;
    capacity_ = capacity;
  }

  T* items_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::detail

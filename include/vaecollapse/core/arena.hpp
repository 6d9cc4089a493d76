// Memory for one training step: a bump allocator whose marks give everything back at once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <type_traits>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/stack.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Hands out memory aligned to 64 bytes from blocks that never move. The first allocation after a
/// release to the very first mark merges several blocks into one, so a warm arena holds one block
/// and allocates nothing. If memory is short, the arena stays usable.
/// Destructors are not run: only trivially destructible objects may live here.
class Arena {
 public:
  static constexpr std::size_t alignment = 64;

  /// A place to return to with `release`.
  struct Mark {
    std::size_t block = 0;
    std::size_t used = 0;
  };

  /// \throws Error for a first block of more bytes than an object can have
  explicit Arena(std::size_t first_block = std::size_t{1} << 16)
      : next_size_(round_up(std::max<std::size_t>(first_block, 1))) {
    if (first_block > PTRDIFF_MAX) refuse_block(first_block);
  }
  ~Arena() { free_blocks(); }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// `count` objects of T, uninitialised. \throws Error for a negative count, and for more
  /// bytes than memory can have
  template <class T>
  T* allocate(Index count) {
    static_assert(std::is_trivially_destructible_v<T>, "an arena runs no destructors");
    static_assert(alignof(T) <= alignment);
    // A negative count is a great number here.
    if (static_cast<std::size_t>(count) > PTRDIFF_MAX / sizeof(T)) refuse(count, sizeof(T));
    return static_cast<T*>(bytes(static_cast<std::size_t>(count) * sizeof(T)));
  }

  /// `count` zeros.
  template <class T>
  T* allocate_zeros(Index count) {
    T* memory = allocate<T>(count);
    for (Index i = 0; i < count; ++i) memory[i] = T(0);
    return memory;
  }

  template <class T>
  std::span<T> span(Index count) {
    return {allocate<T>(count), static_cast<std::size_t>(count)};
  }

  Mark mark() const { return {current_, used_}; }

  /// Gives back everything allocated since `mark`. Allocates nothing: destructors call it.
  void release(Mark mark) noexcept {
    current_ = mark.block;
    used_ = mark.used;
  }

  /// Whether memory lies in one of the blocks. Their ends count as inside, since an object of size
  /// 0 may lie there. \cost O(blocks); a warm arena has one
  bool holds(const void* memory) const {
    const auto address = reinterpret_cast<std::uintptr_t>(memory);
    return std::any_of(blocks_.begin(), blocks_.end(), [&](const Block& block) {
      const auto first = reinterpret_cast<std::uintptr_t>(block.memory);
      return address >= first && address - first <= block.size;
    });
  }

  /// Bytes held, used or not.
  std::size_t capacity() const {
    std::size_t total = 0;
    for (const Block& block : blocks_) total += block.size;
    return total;
  }

 private:
  struct Block {
    std::byte* memory;
    std::size_t size;
  };

  /// Never inlined, so that functions that allocate stay small.
  [[noreturn]] __attribute__((noinline, cold)) static void refuse(Index count, std::size_t size) {
    detail::raise_error({"arena: allocate: the count is ", count, ", of objects of ", size,
                         " bytes: it must be at least 0, and memory must have room for all"});
  }

  [[noreturn]] __attribute__((noinline, cold)) static void refuse_block(std::size_t size) {
    detail::raise_error(
        {"arena: the first block is ", size, " bytes: it must be at most ", PTRDIFF_MAX});
  }

  static std::size_t round_up(std::size_t size) {
    return (size + alignment - 1) / alignment * alignment;
  }

  void* bytes(std::size_t size) {
    size = round_up(size);
    if (current_ == 0 && used_ == 0 && blocks_.size() > 1) merge();
    while (current_ < blocks_.size()) {
      const Block& block = blocks_[current_];
      if (size <= block.size - used_) {
        void* memory = block.memory + used_;
        used_ += size;
        return memory;
      }
      if (current_ + 1 == blocks_.size()) break;
      ++current_;
      used_ = 0;
    }
    std::size_t grown = next_size_;
    while (grown < size) grown *= 2;
    add_block(grown);
    used_ = size;
    return blocks_[current_].memory;
  }

  /// Nothing has changed if memory is short.
  void add_block(std::size_t size) {
    blocks_.make_room();  // before the allocation, so that no memory is lost if there is none
    blocks_.push(
        {static_cast<std::byte*>(::operator new[](size, std::align_val_t{alignment})), size});
    current_ = blocks_.size() - 1;
    next_size_ = 2 * size;
  }

  void merge() {
    const std::size_t total = capacity();
    free_blocks();
    add_block(total);
  }

  void free_blocks() {
    for (const Block& block : blocks_) {
      ::operator delete[](block.memory, std::align_val_t{alignment});
    }
    blocks_.shrink(0);
  }

  detail::Stack<Block> blocks_;
  std::size_t current_ = 0;
  std::size_t used_ = 0;
  std::size_t next_size_;
};

/// Scratch memory inside a kernel or a pullback: given back when the object ends.
class ArenaFrame {
 public:
  explicit ArenaFrame(Arena& arena) : arena_(arena), mark_(arena.mark()) {}
  ~ArenaFrame() { arena_.release(mark_); }
  ArenaFrame(const ArenaFrame&) = delete;
  ArenaFrame& operator=(const ArenaFrame&) = delete;

 private:
  Arena& arena_;
  Arena::Mark mark_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

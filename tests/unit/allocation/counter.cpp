// The operators of allocation, which count and can fail. They stand in no namespace, so this source
// is compiled alone.
#include "unit/allocation/counter.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

std::atomic<long> allocation_test::allocations{0};
std::atomic<long> allocation_test::fails_at{0};

namespace {

void* count_and_allocate(std::size_t size, std::size_t alignment) {
  ++allocation_test::allocations;
  if (allocation_test::fails_at > 0 && --allocation_test::fails_at == 0) throw std::bad_alloc();
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, rounded > 0 ? rounded : alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

/// Not inlined: GCC would see std::free meet what operator new gave, and warn.
[[gnu::noinline]] void release(void* memory) { std::free(memory); }

}  // namespace

void* operator new(std::size_t size) { return count_and_allocate(size, 16); }
void* operator new[](std::size_t size) { return count_and_allocate(size, 16); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return count_and_allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return count_and_allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }

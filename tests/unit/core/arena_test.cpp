#include <cstdint>
#include <type_traits>

#include <doctest/doctest.h>

#include <vaecollapse/core/arena.hpp>

namespace vc = vaecollapse;

namespace {

bool aligned(const void* memory) {
  return reinterpret_cast<std::uintptr_t>(memory) % vc::Arena::alignment == 0;
}

/// What one training step might ask for.
void take_some(vc::Arena& arena, double* (&places)[20]) {
  for (vc::Index i = 0; i < 20; ++i) places[i] = arena.allocate<double>(37 * i);
}

}  // namespace

TEST_CASE("an arena knows its own memory") {
  vc::Arena arena(64), other(64);
  const double* first = arena.allocate<double>(8);
  const double* in_another_block = arena.allocate<double>(100);
  CHECK(arena.holds(first));
  CHECK(arena.holds(in_another_block));
  CHECK(arena.holds(in_another_block + 99));
  CHECK_FALSE(other.holds(first));
  CHECK_FALSE(arena.holds(nullptr));
  CHECK_FALSE(arena.holds(&arena));
}

TEST_CASE("Arena: everything is aligned to 64 bytes and nothing overlaps") {
  vc::Arena arena(256);
  char* last_end = nullptr;
  for (vc::Index count = 0; count < 40; ++count) {
    char* memory = arena.allocate<char>(count);
    CHECK(aligned(memory));
    for (vc::Index i = 0; i < count; ++i) memory[i] = static_cast<char>(count);
    if (last_end != nullptr && count > 1) CHECK(*last_end == static_cast<char>(count - 1));
    if (count > 0) last_end = memory + count - 1;
  }
  CHECK(aligned(arena.allocate<double>(1000)));
  CHECK(aligned(arena.span<std::uint8_t>(3).data()));
  CHECK(arena.span<std::uint8_t>(3).size() == 3);
}

TEST_CASE("Arena: zeros are zero in memory that was used before") {
  vc::Arena arena;
  {
    const vc::ArenaFrame frame(arena);
    float* dirty = arena.allocate<float>(100);
    for (int i = 0; i < 100; ++i) dirty[i] = 7;
  }
  const float* clean = arena.allocate_zeros<float>(100);
  for (int i = 0; i < 100; ++i) CHECK(clean[i] == 0);
}

TEST_CASE("Arena: a released mark gives the same memory again, and what came before stays") {
  vc::Arena arena(1024);
  int* kept = arena.allocate<int>(1);
  *kept = 42;
  const auto mark = arena.mark();
  int* first = arena.allocate<int>(10);
  arena.allocate<int>(5000);  // more blocks
  const std::size_t capacity = arena.capacity();
  arena.release(mark);
  CHECK(arena.allocate<int>(10) == first);
  CHECK(*kept == 42);
  CHECK(arena.capacity() == capacity);
}

TEST_CASE("Arena: frames nest") {
  vc::Arena arena;
  const vc::ArenaFrame outer(arena);
  double* a = arena.allocate<double>(3);
  a[0] = 1.5;
  double* b = nullptr;
  {
    const vc::ArenaFrame inner(arena);
    b = arena.allocate<double>(3);
    CHECK(b != a);
  }
  CHECK(arena.allocate<double>(3) == b);
  CHECK(a[0] == 1.5);
}

TEST_CASE("Arena: releasing to the first mark merges the blocks, and then nothing is allocated") {
  vc::Arena arena(64);
  const auto start = arena.mark();
  double *cold[20], *warm[20], *again[20];
  take_some(arena, cold);
  const std::size_t several_blocks = arena.capacity();
  arena.release(start);
  CHECK(arena.capacity() == several_blocks);
  take_some(arena, warm);
  for (int i = 1; i < 20; ++i) {
    // One block: what was asked for one after the other lies so.
    CHECK(warm[i] - warm[i - 1] == (37 * (i - 1) + 7) / 8 * 8);
  }
  for (int round = 0; round < 3; ++round) {
    arena.release(start);
    take_some(arena, again);
    for (int i = 0; i < 20; ++i) CHECK(again[i] == warm[i]);
    CHECK(arena.capacity() == several_blocks);
  }
}

TEST_CASE("Arena: an arena that holds something from before its marks is warm too") {
  vc::Arena arena(64);
  arena.allocate<double>(1);
  const auto mark = arena.mark();
  double *first[20], *second[20];
  take_some(arena, first);
  const std::size_t capacity = arena.capacity();
  arena.release(mark);
  take_some(arena, second);
  for (int i = 0; i < 20; ++i) CHECK(second[i] == first[i]);
  CHECK(arena.capacity() == capacity);
}

TEST_CASE("Arena: a first block of no bytes is no trap") {
  vc::Arena arena(0);
  CHECK(aligned(arena.allocate<double>(100)));
}

TEST_CASE("Arena: a first block of more bytes than an object can have is refused at once") {
  CHECK_THROWS_WITH_AS(vc::Arena(SIZE_MAX),
                       "arena: the first block is 18446744073709551615 bytes: it must be at most "
                       "9223372036854775807",
                       vc::Error);
  CHECK_THROWS_AS(vc::Arena(std::size_t{PTRDIFF_MAX} + 1), vc::Error);
  CHECK_NOTHROW(vc::Arena(PTRDIFF_MAX));  // asks for no memory yet
}

static_assert(!std::is_copy_constructible_v<vc::ArenaFrame>);

TEST_CASE("Arena: a negative count, and one whose bytes no memory has") {
  vc::Arena arena;
  const double* before = arena.allocate<double>(1);
  CHECK_THROWS_WITH_AS(arena.allocate<double>(-4),
                       "arena: allocate: the count is -4, of objects of 8 bytes: it must be at "
                       "least 0, and memory must have room for all",
                       vc::Error);
  CHECK_THROWS_AS(arena.allocate_zeros<float>(-1), vc::Error);
  CHECK_THROWS_AS(arena.span<int>(PTRDIFF_MIN), vc::Error);
  CHECK_THROWS_AS(arena.allocate<double>(PTRDIFF_MAX), vc::Error);
  CHECK_THROWS_AS(arena.allocate<double>(PTRDIFF_MAX / 8 + 1), vc::Error);
  CHECK_THROWS_AS(arena.allocate<float>(vc::Index{1} << 62), vc::Error);  // 2^64 bytes are 0
  const double* after = arena.allocate<double>(1);
  CHECK(after - before == 8);  // what was refused took nothing
  CHECK(arena.span<int>(0).empty());
}

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

#include <doctest/doctest.h>

#include <vaecollapse/core/buffer.hpp>
#include <vaecollapse/core/parameters.hpp>

namespace vc = vaecollapse;
using vc::detail::Buffer;

namespace {

template <class T>
bool begins_on_a_cache_line(const T* numbers) {
  return reinterpret_cast<std::uintptr_t>(numbers) % 64 == 0;
}

}  // namespace

TEST_CASE("Buffer: zeros that begin on a cache line") {
  for (const vc::Index size : {1, 7, 16, 1000, 100000}) {
    const Buffer<float> buffer(size);
    CHECK(buffer.size() == static_cast<std::size_t>(size));
    CHECK(begins_on_a_cache_line(buffer.data()));
    const std::span<const float> numbers = buffer;
    CHECK(std::all_of(numbers.begin(), numbers.end(), [](float x) { return x == 0; }));
  }
}

TEST_CASE("Buffer: empty ones have no memory") {
  CHECK(Buffer<double>().empty());
  CHECK(Buffer<double>(0).data() == nullptr);
  CHECK(Buffer<double>(Buffer<double>()).empty());
}

TEST_CASE("Buffer: copies are deep, and a moved one is empty") {
  Buffer<float> first(3);
  first.data()[1] = 5;
  Buffer<float> copy(first);
  copy.data()[1] = 6;
  CHECK(first.data()[1] == 5);
  CHECK(begins_on_a_cache_line(copy.data()));
  Buffer<float> moved(std::move(copy));
  CHECK(moved.data()[1] == 6);
  CHECK(copy.empty());
  first = moved;
  CHECK(first.data()[1] == 6);
  CHECK(first.data() != moved.data());
  first = std::as_const(first);
  CHECK(first.size() == 3);
  first = Buffer<float>();
  CHECK(first.empty());
}

TEST_CASE("Parameters: values and gradients begin on a cache line") {
  vc::Layout layout;
  layout.add("one", vc::Shape<1>{{3}}, vc::Init::zeros());
  vc::Parameters<float> parameters(layout);
  CHECK(begins_on_a_cache_line(parameters.values().data()));
  CHECK(begins_on_a_cache_line(parameters.gradients().data()));
  const vc::Parameters<float> copy = parameters;
  CHECK(begins_on_a_cache_line(copy.values().data()));
}

TEST_CASE("Buffer: a size that is negative or that no memory has") {
  CHECK_THROWS_WITH_AS(
      Buffer<float>(-3),
      "buffer: the size is -3: it must be at least 0, and memory must have room for all numbers",
      vc::Error);
  CHECK_THROWS_AS(Buffer<float>(vc::Index{1} << 62), vc::Error);
}

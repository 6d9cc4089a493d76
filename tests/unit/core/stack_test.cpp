#include <cstddef>

#include <doctest/doctest.h>

#include <vaecollapse/core/stack.hpp>

using Stack = vaecollapse::detail::Stack<long>;

TEST_CASE("Stack: keeps what was pushed while it grows") {
  Stack stack;
  CHECK(stack.size() == 0);
  CHECK(stack.begin() == stack.end());
  for (long i = 0; i < 100; ++i) stack.push(i);
  REQUIRE(stack.size() == 100);
  CHECK(stack.back() == 99);
  long next = 0;
  for (const long item : stack) CHECK(item == next++);
  CHECK(next == 100);
}

TEST_CASE("Stack: an item of its own may be pushed when there is no room") {
  Stack stack;
  stack.push(7);
  for (std::size_t i = 1; i < 50; ++i) stack.push(stack[i - 1]);
  for (const long item : stack) CHECK(item == 7);
}

TEST_CASE("Stack: shrinks, and goes on in the same memory") {
  Stack stack;
  for (long i = 0; i < 20; ++i) stack.push(i);
  const long* memory = stack.begin();
  stack.shrink(3);
  CHECK(stack.size() == 3);
  CHECK(stack.back() == 2);
  for (long i = 3; i < 20; ++i) stack.push(-i);
  CHECK(stack.begin() == memory);
  CHECK(stack[2] == 2);
  CHECK(stack[3] == -3);
}

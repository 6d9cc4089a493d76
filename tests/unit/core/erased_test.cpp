#include <type_traits>
#include <utility>

#include <doctest/doctest.h>

#include <vaecollapse/core/erased.hpp>

namespace {

struct Interface {
  virtual ~Interface() = default;
  virtual int next() = 0;
  virtual int now() const = 0;
};

template <class T>
struct Holding final : Interface {
  explicit Holding(const T& given) : value(given) {}
  int next() override { return ++value.number; }
  int now() const override { return value.number; }
  T value;
};

using Counter = vaecollapse::detail::Erased<Interface, Holding>;

int copies = 0;

struct Counted {
  explicit Counted(int first) : number(first) {}
  Counted(const Counted& other) : number(other.number) { ++copies; }
  Counted& operator=(const Counted&) = delete;
  ~Counted() = default;
  int number;
};
struct Other {
  int number = 0;
};
struct MovesOnly : Other {
  MovesOnly() = default;
  MovesOnly(MovesOnly&&) = default;
};

static_assert(!std::is_constructible_v<Counter, MovesOnly>);
static_assert(!std::is_convertible_v<Other, Counter>);

}  // namespace

TEST_CASE("Erased: copies are deep, and none is ever empty") {
  Counter one{Counted(4)};
  CHECK(one->next() == 5);
  Counter two = one;
  CHECK(two->next() == 6);
  CHECK(one->now() == 5);
  const Counter three = std::move(one);
  CHECK(one->next() == 6);
  CHECK(three->now() == 5);
  static_assert(std::is_same_v<decltype(three.operator->()), const Interface*>);
}

TEST_CASE("Erased: assignment takes over the type too, from itself as well") {
  Counter one{Counted(4)};
  one = Counter{Other{10}};
  CHECK(one->next() == 11);
  const Counter& itself = one;
  one = itself;
  CHECK(one->next() == 12);
}

TEST_CASE("Erased: each copy copies the value once") {
  copies = 0;
  const Counter one{Counted(4)};
  CHECK(copies == 1);
  Counter two = one;
  CHECK(copies == 2);
  two = one;
  CHECK(copies == 3);
}

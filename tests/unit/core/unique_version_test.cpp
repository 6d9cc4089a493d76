// Numbers of versions that are never used twice.
#include <algorithm>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/unique_version.hpp>

using vaecollapse::detail::UniqueVersion;

namespace {

/// Every number that was seen, each time that it was.
struct Seen {
  std::vector<std::uint64_t> numbers;

  void add(const UniqueVersion& version) { numbers.push_back(version.number()); }
  bool all_differ() {
    std::sort(numbers.begin(), numbers.end());
    return std::adjacent_find(numbers.begin(), numbers.end()) == numbers.end();
  }
};

}  // namespace

TEST_CASE("UniqueVersion: copied, assigned, moved, swapped, and never the same") {
  Seen seen;
  UniqueVersion a, b;
  const auto note = [&] {
    seen.add(a);
    seen.add(b);
  };
  note();
  a = b;
  seen.add(a);
  a = std::as_const(a);
  seen.add(a);
  a = std::move(b);
  note();
  std::swap(a, b);
  note();
  UniqueVersion copy(a), taken(std::move(b));
  for (const UniqueVersion* one : {&b, &copy, &taken}) seen.add(*one);
  for (int i = 0; i < 100; ++i) {
    a.renew();
    seen.add(a);
    UniqueVersion at_one_address;
    seen.add(at_one_address);
  }
  CHECK(seen.all_differ());
  CHECK(seen.numbers.front() > 0);
}

TEST_CASE("UniqueVersion: an object that uses up its numbers takes others") {
  UniqueVersion first;
  const UniqueVersion second;
  std::uint64_t last = first.number();
  bool met = false, same = false;
  for (int i = 0; i < (1 << 20) + 5; ++i) {
    first.renew();
    met = met || first.number() == second.number();
    same = same || first.number() == last;
    last = first.number();
  }
  CHECK(!met);
  CHECK(!same);
}

TEST_CASE("UniqueVersion: threads that make objects at the same time") {
  std::vector<Seen> parts(4);
  std::vector<std::thread> threads;
  for (Seen& part : parts) {
    threads.emplace_back([&part] {
      for (int i = 0; i < 500; ++i) {
        UniqueVersion one;
        part.add(one);
        one.renew();
        part.add(one);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Seen all;
  for (const Seen& part : parts) {
    all.numbers.insert(all.numbers.end(), part.numbers.begin(), part.numbers.end());
  }
  CHECK(all.all_differ());
}

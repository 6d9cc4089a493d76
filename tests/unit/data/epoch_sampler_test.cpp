// Rows that are others in each epoch: when they are made, and in which order they come.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/epoch_sampler.hpp>
#include <vaecollapse/data/sampler.hpp>

using namespace vaecollapse;

namespace {

/// Five rows, of lengths that the epoch decides.
struct Lengthening : Corpus {
  std::vector<std::uint64_t> begun;
  Index rows = 5;

  void begin_epoch(std::uint64_t epoch) {
    begun.push_back(epoch);
    clear();
    for (Index row = 0; row < rows; ++row) {
      add(std::vector<Symbol>(1 + (static_cast<std::size_t>(row) * (epoch + 1)) % 5, 3),
          std::vector<Symbol>(2, 4));
    }
  }
};

static_assert(EpochRows<Lengthening>);
static_assert(!EpochRows<Corpus>);

std::vector<std::vector<Row>> order_of_epoch(const Batches& batches) {
  std::vector<std::vector<Row>> order;
  for (const std::span<const Row> rows : batches) order.emplace_back(rows.begin(), rows.end());
  return order;
}

}  // namespace

TEST_CASE("an epoch's rows are made before they are put in order, and at first those of epoch 0") {
  Lengthening rows;
  EpochSampler sampler(rows, Seed{3}, {.batch = 2});
  CHECK(rows.begun == std::vector<std::uint64_t>{0});
  CHECK(sampler.batches() == 3);
  for (const std::uint64_t epoch : {0u, 4u, 1u}) {
    CAPTURE(epoch);
    const auto order = order_of_epoch(sampler.epoch(epoch));
    CHECK(rows.begun.back() == epoch);
    Lengthening same;
    same.begin_epoch(epoch);
    CHECK(order == order_of_epoch(Sampler(same, Seed{3}, {.batch = 2}).epoch(epoch)));
  }
}

TEST_CASE("an epoch with another number of rows is refused") {
  Lengthening rows;
  EpochSampler sampler(rows, Seed{3});
  rows.rows = 4;
  CHECK_THROWS_WITH_AS(sampler.epoch(2),
                       "epoch sampler: epoch 2, counted from 0, has 4 rows, the first has 5: all "
                       "must have as many",
                       Error);
}

TEST_CASE("rows that change are not put into batches of equal lengths") {
  Lengthening rows;
  CHECK_THROWS_WITH_AS(EpochSampler(rows, Seed{3}, {.equal_lengths = true}),
                       "epoch sampler: equal_lengths is set: rows that change have no fixed number "
                       "of batches of equal lengths",
                       Error);
}

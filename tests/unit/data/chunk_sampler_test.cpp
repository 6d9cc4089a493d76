// Batches from rows of which a part is in memory: when a part is loaded, and the order of rows.
#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/data/chunk_sampler.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/sampler.hpp>

namespace vc = vaecollapse;

namespace {

using Order = std::vector<std::vector<vc::Row>>;

/// Rows in chunks that are all in memory, but tell when one is loaded.
struct Chunks : vc::Corpus {
  vc::Index chunk_size;
  vc::Index loaded = 0;
  std::vector<vc::Index> loads;

  Chunks(vc::Index rows, vc::Index of_a_chunk) : chunk_size(of_a_chunk) {
    for (vc::Index i = 0; i < rows; ++i) {
      const std::vector<vc::Symbol> ids(1 + static_cast<std::size_t>(i * 7919) % 20, 3);
      add(ids, ids);
    }
  }
  vc::Index chunks() const { return (size() + chunk_size - 1) / chunk_size; }
  vc::Index first_row(vc::Index c) const { return std::min(c * chunk_size, size()); }
  vc::Index chunk() const { return loaded; }
  void load(vc::Index c) {
    loaded = c;
    loads.push_back(c);
  }
};

static_assert(vc::ChunkedRows<Chunks>);
static_assert(!vc::ChunkedRows<vc::Corpus>);

template <class Batches>
Order order_in_chunks(const Batches& batches) {
  Order order;
  for (vc::Index i = 0; i < batches.size(); ++i) {
    const std::span<const vc::Row> rows = batches[i];
    order.emplace_back(rows.begin(), rows.end());
  }
  return order;
}

}  // namespace

TEST_CASE("one chunk gives the batches of a sampler") {
  for (const bool equal : {false, true}) {
    CAPTURE(equal);
    Chunks corpus(500, 500);
    const vc::SamplerOptions options{.batch = 8, .pool = 5, .equal_lengths = equal};
    vc::ChunkSampler chunked(corpus, vc::Seed{7}, options);
    vc::Sampler whole(corpus, vc::Seed{7}, options);
    CHECK(chunked.batches() == whole.batches());
    for (const unsigned epoch : {0U, 3U}) {
      CHECK(order_in_chunks(chunked.epoch(epoch)) == order_in_chunks(whole.epoch(epoch)));
    }
    CHECK(corpus.loads.empty());
  }
}

TEST_CASE("chunks come in order, each row once, rows of two chunks in no batch") {
  for (const bool equal : {false, true}) {
    CAPTURE(equal);
    Chunks corpus(230, 100);
    vc::ChunkSampler sampler(corpus, vc::Seed{7}, {.batch = 8, .pool = 5, .equal_lengths = equal});
    const Order order = order_in_chunks(sampler.epoch(2));
    CHECK(vc::Index(order.size()) == sampler.batches());
    if (!equal) CHECK(sampler.batches() == 13 + 13 + 4);
    vc::Index chunk = 0;
    std::vector<int> seen(230, 0);
    std::vector<vc::Row> rows;
    for (const auto& batch : order) {
      CHECK(vc::Index(batch[0]) / 100 >= chunk);
      chunk = vc::Index(batch[0]) / 100;
      for (const vc::Row row : batch) {
        CHECK(vc::Index(row) / 100 == chunk);
        ++seen.at(row);
        rows.push_back(row);
      }
    }
    CHECK(std::count(seen.begin(), seen.end(), 1) == 230);
    // Chunks have draws of their own: two of them are not in the same order.
    std::vector<vc::Row> second(rows.begin() + 100, rows.begin() + 200);
    for (vc::Row& row : second) row -= 100;
    CHECK_FALSE(std::equal(second.begin(), second.end(), rows.begin()));
    CHECK(order_in_chunks(sampler.epoch(3)) != order);
    Chunks same(230, 100);
    vc::ChunkSampler resumed(same, vc::Seed{7}, {.batch = 8, .pool = 5, .equal_lengths = equal});
    CHECK(order_in_chunks(resumed.epoch(2)) == order);
  }
}

TEST_CASE("a chunk is loaded once an epoch, and on resuming in the midst of one") {
  Chunks corpus(230, 100);
  vc::ChunkSampler sampler(corpus, vc::Seed{7}, {.batch = 8, .pool = 5});
  CHECK(corpus.loads.empty());
  const Order order = order_in_chunks(sampler.epoch(0));
  CHECK(corpus.loads == std::vector<vc::Index>{1, 2});
  order_in_chunks(sampler.epoch(1));
  CHECK(corpus.loads == std::vector<vc::Index>{1, 2, 0, 1, 2});
  Chunks other(230, 100);
  vc::ChunkSampler resumed(other, vc::Seed{7}, {.batch = 8, .pool = 5});
  const std::span<const vc::Row> rows = resumed.epoch(0)[28];
  CHECK(std::vector<vc::Row>(rows.begin(), rows.end()) == order[28]);
  CHECK(other.loads == std::vector<vc::Index>{2});
}

TEST_CASE("sizes below one are errors for chunks too, and no rows are no batches") {
  Chunks corpus(3, 2), empty(0, 2);
  CHECK_THROWS_WITH_AS(vc::ChunkSampler(corpus, vc::Seed{7}, {.batch = 0}),
                       "sampler: batch is 0: it must be at least 1", vc::Error);
  CHECK(vc::ChunkSampler(empty, vc::Seed{7}).batches() == 0);
}

// The order of batches: every row once, lengths together, a function of (seed, epoch).
#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/sampler.hpp>

namespace vc = vaecollapse;

namespace {

using Ids = std::vector<vc::Symbol>;
using Order = std::vector<std::vector<vc::Row>>;

/// `rows` words of 1 to 20 letters, targets one longer, in no order.
vc::Corpus corpus_of(std::size_t rows) {
  vc::Corpus corpus;
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t length = 1 + (i * 7919) % 20;
    corpus.add(Ids(length, 3), Ids(length + 1, 4));
  }
  return corpus;
}

Order order_of(const vc::Batches& batches) {
  Order order;
  for (const std::span<const vc::Row> rows : batches) order.emplace_back(rows.begin(), rows.end());
  return order;
}

/// Whether the batches hold each row of 0 .. rows once.
bool is_complete(const Order& order, std::size_t rows) {
  std::vector<int> seen(rows, 0);
  for (const auto& batch : order) {
    for (const vc::Row row : batch) ++seen.at(row);
  }
  return std::all_of(seen.begin(), seen.end(), [](int count) { return count == 1; });
}

std::size_t longest(const vc::Corpus& corpus, const std::vector<vc::Row>& batch) {
  std::size_t length = 0;
  for (const vc::Row row : batch) length = std::max(length, corpus.target(row).size());
  return length;
}

/// The share of a padded layout that padding would take.
double padding(const vc::Corpus& corpus, const Order& order) {
  double filled = 0, padded = 0;
  for (const auto& batch : order) {
    for (const vc::Row row : batch) filled += static_cast<double>(corpus.target(row).size());
    padded += static_cast<double>(longest(corpus, batch) * batch.size());
  }
  return 1 - filled / padded;
}

}  // namespace

TEST_CASE("every row is in one batch of an epoch, whatever the sizes") {
  for (const std::size_t rows :
       std::initializer_list<std::size_t>{1, 2, 63, 64, 65, 127, 500, 1281}) {
    CAPTURE(rows);
    const vc::Corpus corpus = corpus_of(rows);
    vc::Sampler sampler(corpus, vc::Seed{7}, {.batch = 64, .pool = 3});
    for (const unsigned epoch : {0U, 1U, 7U}) {
      const vc::Batches& batches = sampler.epoch(epoch);
      CHECK(batches.size() == sampler.batches());
      CHECK(is_complete(order_of(batches), rows));
      const auto full = std::count_if(batches.begin(), batches.end(),
                                      [](const auto& batch) { return batch.size() == 64; });
      CHECK(full == static_cast<std::ptrdiff_t>(rows / 64));
    }
  }
}

TEST_CASE("the order is a function of seed and epoch") {
  const vc::Corpus corpus = corpus_of(1000);
  vc::Sampler one(corpus, vc::Seed{7}), resumed(corpus, vc::Seed{7}), other(corpus, vc::Seed{8});
  const Order first = order_of(one.epoch(0));
  const Order second = order_of(one.epoch(1));
  CHECK(first != second);
  CHECK(order_of(resumed.epoch(1)) == second);
  CHECK(order_of(resumed.epoch(0)) == first);
  CHECK(order_of(other.epoch(0)) != first);
}

TEST_CASE("batches hold words of much the same length, in no order of length") {
  const vc::Corpus corpus = corpus_of(5000);
  vc::Sampler sampler(corpus, vc::Seed{7}, {.batch = 50, .pool = 20});
  const Order order = order_of(sampler.epoch(3));
  CHECK(padding(corpus, order) < 0.06);
  CHECK(padding(corpus,
                order_of(vc::Sampler(corpus, vc::Seed{7}, {.batch = 50, .pool = 1}).epoch(3))) >
        0.3);
  std::vector<std::size_t> lengths;
  for (const auto& batch : order) lengths.push_back(longest(corpus, batch));
  CHECK_FALSE(std::is_sorted(lengths.rbegin(), lengths.rend()));
}

TEST_CASE("rows change their company from epoch to epoch") {
  const vc::Corpus corpus = corpus_of(2000);
  vc::Sampler sampler(corpus, vc::Seed{7});
  auto first = order_of(sampler.epoch(0)), second = order_of(sampler.epoch(1));
  for (Order* order : {&first, &second}) {
    for (auto& batch : *order) std::sort(batch.begin(), batch.end());
  }
  int same = 0;
  for (const auto& batch : first) same += int(std::count(second.begin(), second.end(), batch));
  CHECK(same == 0);
}

TEST_CASE("a shuffled row is anywhere in the epoch") {
  // Words of one length and one pool a batch: the order is the bare shuffle. The place of row 0
  // over 400 epochs is uniform on 0 .. 99 with mean 49.5 and deviation 28.87; the mean's deviation
  // is 1.44, so a limit of 6 gives a false alarm once in 30,000 seeds, and the seed is fixed.
  vc::Corpus corpus;
  for (int i = 0; i < 100; ++i) corpus.add(Ids{3}, {});
  vc::Sampler sampler(corpus, vc::Seed{7}, {.batch = 1, .pool = 1});
  double sum = 0;
  for (unsigned epoch = 0; epoch < 400; ++epoch) {
    const vc::Batches& batches = sampler.epoch(epoch);
    for (vc::Index place = 0; place < 100; ++place) {
      if (batches[place].front() == 0) sum += static_cast<double>(place);
    }
  }
  CHECK(sum / 400 == doctest::Approx(49.5).epsilon(6 / 49.5));
}

TEST_CASE("batches for evaluation are sorted by length, longest first") {
  const vc::Corpus corpus = corpus_of(130);
  const auto batches = vc::Batches::by_length(corpus, 64);
  const Order order = order_of(batches);
  REQUIRE(order.size() == 3);
  CHECK(is_complete(order, 130));
  CHECK(order[2].size() == 2);
  std::size_t before = 100;
  for (const auto& batch : order) {
    for (const vc::Row row : batch) {
      CHECK(corpus.target(row).size() <= before);
      before = corpus.target(row).size();
    }
  }
}

TEST_CASE("batches may be moved") {
  const vc::Corpus corpus = corpus_of(10);
  auto batches = vc::Batches::by_length(corpus, 4);
  const Order order = order_of(batches);
  const vc::Batches moved = std::move(batches);
  CHECK(order_of(moved) == order);
}

TEST_CASE("an empty corpus has no batches") {
  const vc::Corpus corpus;
  CHECK(vc::Batches::by_length(corpus, 4).size() == 0);
  vc::Sampler sampler(corpus, vc::Seed{7});
  CHECK(sampler.epoch(0).size() == 0);
  CHECK(sampler.batches() == 0);
}

TEST_CASE("sizes below one are errors") {
  const vc::Corpus corpus = corpus_of(3);
  CHECK_THROWS_WITH_AS(vc::Batches::by_length(corpus, 0),
                       "sampler: batch is 0: it must be at least 1", vc::Error);
  CHECK_THROWS_WITH_AS(vc::Sampler(corpus, vc::Seed{7}, {.batch = 4, .pool = -1}),
                       "sampler: pool is -1: it must be at least 1", vc::Error);
}

TEST_CASE("a batch and a pool whose product is no number are an error, with both") {
  const vc::Corpus corpus = corpus_of(3);
  constexpr vc::Index huge = vc::Index{1} << 58;
  CHECK_THROWS_WITH_AS(vc::Sampler(corpus, vc::Seed{7}, {.batch = 64, .pool = huge}),
                       "sampler: batch is 64 and pool is 288230376151711744: their product must be "
                       "below 2^63",
                       vc::Error);
  CHECK_THROWS_AS(vc::Sampler(corpus, vc::Seed{7}, {.batch = huge, .pool = 32}), vc::Error);
  CHECK_THROWS_AS(vc::Sampler(corpus, vc::Seed{7}, {.batch = 3, .pool = huge * 16}), vc::Error);
  // As large as they may be, they mean the whole corpus.
  for (const auto& [batch, pool] :
       {std::pair{vc::Index{1}, huge * 31}, {huge * 31, 1}, {2, huge}}) {
    vc::Sampler sampler(corpus, vc::Seed{7}, {.batch = batch, .pool = pool});
    CHECK(sampler.batches() == (3 - 1) / std::min<vc::Index>(batch, 3) + 1);
    CHECK(sampler.epoch(0).size() == sampler.batches());
  }
}

TEST_CASE("a warm sampler stays where it is") {
  const vc::Corpus corpus = corpus_of(500);
  vc::Sampler sampler(corpus, vc::Seed{7});
  const auto* list = &*sampler.epoch(0).begin();
  CHECK(&*sampler.epoch(1).begin() == list);
}

TEST_CASE("batches of equal lengths hold every row once, and no two lengths") {
  // Lengths 1 to 20, of which the sources of every third row are longer: 40 pairs of lengths.
  vc::Corpus corpus;
  for (std::size_t i = 0; i < 1000; ++i) {
    const std::size_t length = 1 + (i * 7919) % 20;
    corpus.add(Ids(length + (i % 3 == 0 ? 30 : 0), 3), Ids(length, 4));
  }
  vc::Sampler sampler(corpus, vc::Seed{7}, {.batch = 16, .equal_lengths = true});
  std::vector<Order> epochs;
  for (const unsigned epoch : {0U, 1U, 9U}) {
    const Order order = order_of(sampler.epoch(epoch));
    CHECK(is_complete(order, 1000));
    CHECK(vc::Index(order.size()) == sampler.batches());
    for (const auto& batch : order) {
      CHECK(batch.size() <= 16);
      for (const vc::Row row : batch) {
        CHECK(corpus.target(row).size() == corpus.target(batch[0]).size());
        CHECK(corpus.source(row).size() == corpus.source(batch[0]).size());
      }
    }
    epochs.push_back(order);
  }
  // A pair of lengths has 16 or 17 rows where sources are long, else 33 or 34.
  CHECK(sampler.batches() > 60);
  CHECK(sampler.batches() <= 20 * 2 + 20 * 3);
  CHECK(epochs[0] != epochs[1]);
  CHECK(order_of(vc::Sampler(corpus, vc::Seed{7}, {.batch = 16, .equal_lengths = true}).epoch(9)) ==
        epochs[2]);
  // The rows of a length change their company, and their batches their places.
  for (Order* order : {&epochs[0], &epochs[1]}) {
    std::vector<std::size_t> lengths;
    for (auto& batch : *order) {
      lengths.push_back(corpus.target(batch[0]).size());
      std::sort(batch.begin(), batch.end());
    }
    CHECK_FALSE(std::is_sorted(lengths.rbegin(), lengths.rend()));
  }
  // Of full batches, hardly any comes again.
  int same = 0;
  for (const auto& batch : epochs[0]) {
    if (batch.size() == 16) same += int(std::count(epochs[1].begin(), epochs[1].end(), batch));
  }
  CHECK(same < 20);
}

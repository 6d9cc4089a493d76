// A warm corpus in chunks allocates nothing, however long its file is: this program counts every
// operator new.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/chunk_sampler.hpp>
#include <vaecollapse/tasks/text/chunked_corpus.hpp>
#include <vaecollapse/tasks/text/lines.hpp>

#include "unit/allocation/counter.hpp"
#include "unit/io/temporary_folder.hpp"

namespace vc = vaecollapse;
namespace text = vaecollapse::text;

TEST_CASE("an epoch of batches from a file in chunks allocates nothing once warm") {
  const vc::test::TemporaryFolder folder;
  const std::string name = (folder.path() / "text").string();
  {
    std::ofstream file(name);
    for (int i = 0; i < 3000; ++i) {
      for (int t = 0; t <= i * 5 % 9; ++t) file << 'w' << (i * 31 + t * t) % 300 << ' ';
      file << '\n';
    }
  }
  for (const bool equal : {false, true}) {
    CAPTURE(equal);
    text::ChunkedCorpus corpus(name, {}, vc::TokenVocabulary::of(text::count_tokens(name)), 500);
    vc::ChunkSampler sampler(corpus, vc::Seed{1}, {.batch = 32, .equal_lengths = equal});
    vc::Batch batch;
    vc::Index rows = 0;
    const auto run_epoch = [&](std::uint64_t number) {
      const auto epoch = sampler.epoch(number);
      rows = 0;
      for (vc::Index i = 0; i < epoch.size(); ++i) {
        batch.assign(std::as_const(corpus), epoch[i]);
        rows += batch.size();
      }
    };
    CHECK(allocation_test::allocations_once_warm(run_epoch) == 0);
    CHECK(rows == 3000);
  }
}

// A warm training step and a warm evaluation allocate nothing: this program counts every
// operator new.
#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/arena.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/lstm.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/optim/clip.hpp>

#include "support/tiny_corpus.hpp"
#include "unit/allocation/counter.hpp"

using allocation_test::allocations;
using allocation_test::fails_at;

namespace vc = vaecollapse;

namespace {

/// Three batches of different words, again and again.
struct Batches {
  std::vector<std::vector<vc::Row>> rows{{0, 5, 9, 33}, {1, 1, 2, 3, 60, 61}, {40, 7}};
  const std::vector<vc::Row>& at(std::uint64_t step) const { return rows[step % rows.size()]; }
};

}  // namespace

TEST_CASE("the counter counts") {
  const long before = allocations;
  {
    const std::vector<int> numbers(10);
    const int* const volatile seen = numbers.data();  // or Clang leaves the allocation out
    CHECK(seen != nullptr);
  }
  CHECK(allocations == before + 1);
  ::operator delete[](::operator new[](100, std::align_val_t{64}), std::align_val_t{64});
  CHECK(allocations == before + 2);
}

TEST_CASE("an arena outlives a lack of memory") {
  for (const long failing : {1L, 2L}) {  // the list of blocks, the block
    vc::Arena arena(100);
    fails_at = failing;
    CHECK_THROWS_AS(arena.allocate<float>(1000), std::bad_alloc);
    CHECK(fails_at == 0);
    float* numbers = arena.allocate<float>(1000);
    numbers[999] = 1;
    CHECK(arena.capacity() >= 4000);
    {
      const vc::ArenaFrame frame(arena);
      arena.allocate<double>(5000)[4999] = 2;
    }
    CHECK(numbers[999] == 1);
  }
}

TEST_CASE("leaving a scope allocates nothing, so that it cannot fail") {
  vc::Arena arena(64);
  const auto fill = [&arena] {
    for (int i = 0; i < 10; ++i) arena.allocate<double>(100)[99] = i;
  };
  const long before = allocations;
  long within = 0;
  {
    const vc::ArenaFrame frame(arena);
    fill();
    within = allocations;
    fails_at = 1;
  }
  CHECK(within > before);
  const bool untouched = fails_at == 1 && allocations == within;
  fails_at = 0;
  CHECK(untouched);

  // The lack of memory is met where the next step asks for some, and the arena outlives that too.
  fails_at = 1;
  CHECK_THROWS_AS(arena.allocate<double>(100), std::bad_alloc);
  CHECK(fails_at == 0);
  for (int step = 0; step < 3; ++step) {
    const vc::ArenaFrame frame(arena);
    const long warm = allocations;
    fill();
    if (step == 2) CHECK(allocations == warm);
  }
}

TEST_CASE("a tape whose memory runs out in the middle of a step goes on afterwards") {
  const vaecollapse_test::TinyTask task;
  vc::Parameters<float> parameters(task.layout, vc::Seed{1});
  vc::Seq2SeqVae<vc::BiGruEncoder, vc::GruDecoder, vc::FreeBits<1>, vc::CharacterDropout<>> model(
      task.network, vc::FreeBits<1>(3.0), vc::CharacterDropout<>(0.3));
  vc::Batch batch;
  batch.assign(task.corpus, Batches().at(1));
  vc::Corruption corruption;
  vc::Tape<float> warm(parameters);
  const double right = model.differentiate(warm, batch, vc::Draws(1, 1), corruption).nll;
  long failing = 1;
  for (bool failed = true; failed && failing < 100; ++failing) {
    CAPTURE(failing);
    vc::Tape<float> tape(parameters);
    failed = false;
    fails_at = failing;
    try {
      model.differentiate(tape, batch, vc::Draws(1, 1), corruption);
    } catch (const std::bad_alloc&) {
      failed = true;
    }
    fails_at = 0;
    for (int step = 0; step < 3; ++step) {
      CHECK(model.differentiate(tape, batch, vc::Draws(1, 1), corruption).nll == right);
    }
  }
  CHECK(failing > 5);
  CHECK(failing < 100);
}

TEST_CASE("a warm training step allocates nothing") {
  for (const int threads : {1, 2}) {
    const vaecollapse_test::TinyTask task;
    vc::Team team(threads);
    vc::Parameters<float> parameters(task.layout, vc::Seed{1});
    vc::Tape<float> tape(parameters, team);
    vc::Seq2SeqVae<vc::BiGruEncoder, vc::GruDecoder, vc::FreeBits<1>, vc::CharacterDropout<>> model(
        task.network, vc::FreeBits<1>(3.0), vc::CharacterDropout<>(0.3));
    vc::Adam adam({.learning_rate = 1e-3});
    vc::Batch batch;
    vc::Corruption corruption;
    const Batches batches;
    const auto step = [&](std::uint64_t number) {
      batch.assign(task.corpus, batches.at(number));
      const auto report = model.differentiate(tape, batch, vc::Draws(1, number), corruption);
      const auto clipped = vc::clip_by_norm(parameters, 5.0);
      adam.step(parameters, {.gradient_scale = clipped.scale});
      model.after_step(report);
    };
    CAPTURE(threads);
    CHECK(allocation_test::allocations_once_warm(step) == 0);
  }
}

TEST_CASE_TEMPLATE("a warm step whose symbols gather columns of a large table allocates nothing",
                   Recurrent, vc::BiGru, vc::BiLstm) {
  vc::Layout layout;
  const vc::Embedding embedding(layout, "embedding", {1000, 8});
  const Recurrent both(layout, "both", {8, 16});
  vc::Parameters<float> parameters(layout, vc::Seed{1});
  vc::Team team(2);
  vc::Tape<float> tape(parameters, team);
  const std::vector<vc::SequencePlan> plans{vc::SequencePlan(std::vector<vc::Index>{5, 2, 7}),
                                            vc::SequencePlan(std::vector<vc::Index>{1, 9, 4})};
  const std::vector<vc::Symbol> ids{3, 999, 3, 17, 0, vc::no_symbol, 5, 5, 400, 8, 1, 2, 77, 64};
  const auto step = [&](std::size_t number) {
    const vc::Scope scope(tape);
    const auto states = both(tape, embedding(tape, {&plans[number % 2], ids})).states.columns;
    states.gradient_data()[0] = 1;
    tape.run_backward();
  };
  CHECK(allocation_test::allocations_once_warm(step) == 0);
}

TEST_CASE("a warm evaluation allocates nothing") {
  const vaecollapse_test::TinyTask task;
  const vc::Parameters<float> parameters(task.layout, vc::Seed{1});
  vc::Workspace<float> workspace(parameters);
  vc::Batch batch;
  const Batches batches;
  float nll = 0;
  const auto evaluate = [&](std::uint64_t number) {
    batch.assign(task.corpus, batches.at(number));
    const vc::Scope scope(workspace);
    const vc::Draws draws(1, number, vc::Pass::evaluate);
    nll += task.network.terms(workspace, batch, draws, batch.inputs()).nll.data()[0];
  };
  CHECK(allocation_test::allocations_once_warm(evaluate) == 0);
  CHECK(nll > 0);
}

// A trained model is const: threads share it, each with a workspace of its own, and find what one
// thread alone finds, to the bit.
#include <atomic>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/evaluate/codes.hpp>
#include <vaecollapse/evaluate/decode.hpp>
#include <vaecollapse/evaluate/elbo.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/tasks/reinflection/network.hpp>

#include "support/tiny_corpus.hpp"

using namespace vaecollapse;
using vaecollapse_test::TinyTask;

namespace {

/// All that an evaluation finds, in numbers.
struct Found {
  std::vector<float> z;
  std::vector<double> nll;
  std::vector<double> rate;
  std::vector<std::vector<Symbol>> words;
  std::vector<double> log_probabilities;

  friend bool operator==(const Found&, const Found&) = default;
};

Found evaluate(const reinflection::Network& network, const Parameters<float>& parameters,
               const Corpus& corpus, int threads) {
  Team team(threads);
  Evaluation<reinflection::Network> evaluation(network, parameters, team, {.batch = 16});
  const ElboRows rows = elbo_rows(evaluation, corpus);
  Found found{z_means(evaluation, corpus), rows.nll, rows.rate, {}, {}};
  for (const Guesses& guesses : decode_rows(evaluation, corpus, {.beam = 3, .nbest = 2})) {
    for (const Hypothesis& guess : guesses) {
      found.words.push_back(guess.ids);
      found.log_probabilities.push_back(guess.log_probability);
    }
  }
  return found;
}

}  // namespace

TEST_CASE("many threads predict with one model at once, and find what one thread finds") {
  const TinyTask task;
  const Parameters<float> parameters(task.layout, Seed{3});
  const Found alone = evaluate(task.network, parameters, task.corpus, 1);
  REQUIRE(alone.words.size() == 2 * task.examples.size());

  constexpr int readers = 5, rounds = 2;
  std::atomic<int> waiting{readers};
  std::atomic<int> equal{0};
  std::vector<std::thread> threads;
  for (int reader = 0; reader < readers; ++reader) {
    threads.emplace_back([&, reader] {
      --waiting;
      while (waiting > 0) std::this_thread::yield();  // all at once
      for (int round = 0; round < rounds; ++round) {
        // One of them has a team of its own.
        const int team = reader == 0 ? 2 : 1;
        equal += evaluate(task.network, parameters, task.corpus, team) == alone ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(equal == readers * rounds);
}

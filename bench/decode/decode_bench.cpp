// How many words a second a decoder of the trainer's default sizes generates: by greedy search, by
// beam search and by sampling.
//   decode/<search>/threads:<n>/V:<symbols>/B:<batch>
// Weights are random, and the end symbol is so unlikely that every word has `length` symbols.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include <vaecollapse/autodiff/ops/softmax_cross_entropy.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/model/decode.hpp>
#include <vaecollapse/model/sample.hpp>

#include "support/meter.hpp"
#include "support/numbers.hpp"
#include "support/program.hpp"

namespace vaecollapse::bench {

const char* const default_filter = ".";

namespace {

constexpr Index length = 12, tags = 32, tags_per_word = 4, latent = 128;

struct Search {
  const char* name;
  Index beam;  ///< 0: sampling
};

constexpr Search greedy_search{"greedy", 1}, sampling{"sampling", 0};

struct Case {
  Search search;
  int threads;
  Index symbols;
  Index batch;

  std::string name() const {
    return std::string("decode/") + search.name + "/threads:" + std::to_string(threads) +
           "/V:" + std::to_string(symbols) + "/B:" + std::to_string(batch);
  }
};

class Problem {
 public:
  explicit Problem(const Case& shape)
      : shape_(shape),
        decoder_(layout_, "decoder",
                 {.symbols = shape.symbols,
                  .tags = tags,
                  .embedding = 64,
                  .hidden = 384,
                  .latent = latent}),
        parameters_(layout_, Seed{1}),
        z_(uniform(2, -2, 2, latent * shape.batch)),
        rows_(static_cast<std::size_t>(shape.batch)) {
    // Large enough that one symbol is much likelier than another, as it is after training.
    for (float& value : parameters_.values()) value *= 3;
    for (const auto& entry : layout_.entries()) {
      if (entry.name == "decoder.output.bias") {
        parameters_.values(entry)[Vocabulary::end] = -1000;
      }
    }
    std::iota(rows_.begin(), rows_.end(), 0U);
    for (Index row = 0; row < shape.batch; ++row) {
      for (Index i = 0; i < tags_per_word; ++i) {
        tag_ids_.push_back(static_cast<Symbol>((5 * row + i * tags / tags_per_word) % tags));
      }
      first_tags_.push_back(static_cast<Index>(tag_ids_.size()));
    }
  }

  /// The best word of each row.
  std::vector<Hypothesis> run(Workspace<float>& ws) { return run(ws, shape_.search); }
  std::vector<Hypothesis> run(Workspace<float>& ws, const Search& search) {
    const Scope scope(ws);
    const auto given = conditions(ws);
    if (search.beam == 0) {
      return sample_words(ws, decoder_, given, Draws(Seed{3}, 1), rows_, {.longest = length});
    }
    std::vector<Hypothesis> best;
    for (Guesses& guesses : decode(ws, decoder_, given, {.beam = search.beam, .longest = length})) {
      best.push_back(std::move(guesses.front()));
    }
    return best;
  }

  /// log p of each word, from all of its symbols at once.
  std::vector<double> log_probabilities(Workspace<float>& ws,
                                        const std::vector<Hypothesis>& words) const {
    const Scope scope(ws);
    const std::vector<Index> lengths(words.size(), length);
    const SequencePlan plan{std::span<const Index>(lengths)};
    std::vector<Symbol> inputs(words.size() * length), targets(inputs.size());
    for (Index step = 0; step < length; ++step) {
      for (Index row = 0; row < shape_.batch; ++row) {
        const auto& ids = words[static_cast<std::size_t>(row)].ids;
        const auto column = static_cast<std::size_t>(plan.offset(step) + row);
        targets[column] = ids[static_cast<std::size_t>(step)];
        inputs[column] = step == 0 ? Vocabulary::start : ids[static_cast<std::size_t>(step - 1)];
      }
    }
    const auto logits = decoder_(ws, conditions(ws), Symbols{&plan, inputs});
    const auto nll = cross_entropy(ws, logits, Symbols{&plan, targets});
    std::vector<double> found;
    for (Index row = 0; row < shape_.batch; ++row) found.push_back(-double(nll.data()[row]));
    return found;
  }

  const Parameters<float>& parameters() const { return parameters_; }

 private:
  Conditions<float> conditions(Workspace<float>& ws) const {
    const auto z = ws.make<2>(Shape<2>{{latent, shape_.batch}});
    std::copy(z_.begin(), z_.end(), z.data());
    return {.z = z, .tags = TagSets(first_tags_, tag_ids_)};
  }

  Case shape_;
  Layout layout_;
  GruDecoder decoder_;
  Parameters<float> parameters_;
  std::vector<float> z_;
  std::vector<std::uint32_t> rows_;
  std::vector<Index> first_tags_{0};
  std::vector<Symbol> tag_ids_;
};

/// What is wrong with the words that are generated, or nothing.
std::string complaint(const Case& shape) {
  Problem problem(shape);
  Team alone(1), team(shape.threads);
  Workspace<float> on_one(problem.parameters(), alone), on_all(problem.parameters(), team);
  const auto words = problem.run(on_one), same = problem.run(on_all);
  for (std::size_t row = 0; row < words.size(); ++row) {
    if (static_cast<Index>(words[row].ids.size()) != length) return "a word has another length";
    if (words[row].ids != same[row].ids ||
        words[row].log_probability != same[row].log_probability) {
      return "words depend on the number of threads";
    }
  }
  const auto expected = problem.log_probabilities(on_one, words);
  const auto by_greedy = problem.run(on_one, greedy_search);
  for (std::size_t row = 0; row < words.size(); ++row) {
    const double found = words[row].log_probability, slack = 1e-4 * std::abs(expected[row]);
    if (!(std::abs(found - expected[row]) <= slack)) {
      return "the log probability of a word is not that of the sequence model";
    }
    if (shape.search.beam > 1 && found < by_greedy[row].log_probability - slack) {
      return "a word is less likely than that of greedy search";
    }
  }
  return "";
}

void time_search(benchmark::State& state, const Case& shape) {
  const std::string wrong = complaint(shape);
  if (!wrong.empty()) return state.SkipWithError(wrong.c_str());
  Problem problem(shape);
  Team team(shape.threads);
  Workspace<float> ws(problem.parameters(), team);
  Meter meter = measure(state, team, [&] { benchmark::DoNotOptimize(problem.run(ws)); });
  meter.report_per_second("words_per_second", static_cast<double>(shape.batch));
  meter.report_ns_per("ns_per_symbol", static_cast<double>(shape.batch * length));
}

const bool registered = [] {
  const auto add = [](const Case& shape) {
    add_benchmark(shape.name(), shape.threads,
                  [=](benchmark::State& state) { time_search(state, shape); });
  };
  constexpr Search beam_of_4{"beam_4", 4}, beam_of_8{"beam_8", 8};
  for (const Search& search : {greedy_search, beam_of_4, beam_of_8, sampling}) {
    for (const int threads : {1, 2}) {
      for (const Index batch : {1, 16, 64}) add({search, threads, 40, batch});
    }
  }
  // A vocabulary of words.
  for (const Search& search : {greedy_search, beam_of_4, sampling}) {
    for (const Index batch : {1, 16}) add({search, 1, 10000, batch});
  }
  return true;
}();

}  // namespace

}  // namespace vaecollapse::bench

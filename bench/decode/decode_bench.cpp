// How many words a second a decoder of the trainer's default sizes generates: by greedy search, by
// beam search and by sampling; and one of as many units that attends to a latent for every place of
// a source as long as the words, beside a global one.
//   decode/<search>/threads:<n>/V:<symbols>/B:<batch>
// Weights are random, and the end symbol is so unlikely that every word has `length` symbols.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include <vaecollapse/autodiff/ops/softmax_cross_entropy.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/model/attending_decoder.hpp>
#include <vaecollapse/model/decode.hpp>
#include <vaecollapse/model/sample.hpp>

#include "support/meter.hpp"
#include "support/numbers.hpp"
#include "support/program.hpp"

namespace vaecollapse::bench {

const char* const default_filter = ".";

namespace {

constexpr Index length = 12, tags = 32, tags_per_word = 4, latent = 128, hidden = 384;
constexpr Index place = 48, global = 64;

struct Search {
  const char* name;
  Index beam;  ///< 0: sampling
  bool attends = false;
  Index top_k = 0;
  double top_p = 1;
};

constexpr Search greedy_search{"greedy", 1}, sampling{"sampling", 0};
constexpr Search of_likeliest{"sampling_top_k", 0, false, 50};
constexpr Search of_nucleus{"sampling_top_p", 0, false, 0, 0.9};

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

/// What a decoder is made with.
auto sizes_of(const GruDecoder*, Index symbols) {
  return RecurrentDecoderSizes{
      .symbols = symbols, .tags = tags, .embedding = 64, .hidden = hidden, .latent = latent};
}
auto sizes_of(const AttendingDecoder<>*, Index symbols) {
  return AttendingDecoderSizes{.symbols = symbols,
                               .tags = tags,
                               .embedding = 64,
                               .hidden = hidden,
                               .latent = place,
                               .global = global};
}

template <class D>
class Problem {
  static constexpr bool attends = std::is_same_v<D, AttendingDecoder<>>;
  using Given = vaecollapse::detail::ConditionsOf<D, float>;

 public:
  explicit Problem(const Case& shape)
      : shape_(shape),
        decoder_(layout_, "decoder", sizes_of(static_cast<const D*>(nullptr), shape.symbols)),
        parameters_(layout_, Seed{1}),
        z_(uniform(2, -2, 2, std::max(latent, place * columns) * shape.batch)),
        rows_(static_cast<std::size_t>(shape.batch)) {
    of_z_.assign(std::vector<Index>(rows_.size(), columns));
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
      return sample_words(ws, decoder_, given, Draws(Seed{3}, 1), rows_,
                          {.top_k = search.top_k, .top_p = search.top_p, .longest = length});
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
  /// Those of the global z, and a place for each symbol and the end of a source.
  static constexpr Index columns = (global + place - 1) / place + length + 1;

  Given conditions(Workspace<float>& ws) const {
    const auto z =
        ws.make<2>(attends ? Shape<2>{{place, of_z_.columns()}} : Shape<2>{{latent, shape_.batch}});
    std::copy_n(z_.begin(), z.size(), z.data());
    Given given{.z = {}, .tags = TagSets(first_tags_, tag_ids_)};
    if constexpr (attends) {
      given.z = {z, &of_z_};
    } else {
      given.z = z;
    }
    return given;
  }

  Case shape_;
  Layout layout_;
  D decoder_;
  Parameters<float> parameters_;
  std::vector<float> z_;
  std::vector<std::uint32_t> rows_;
  SequencePlan of_z_;
  std::vector<Index> first_tags_{0};
  std::vector<Symbol> tag_ids_;
};

/// What is wrong with the words that are generated, or nothing.
template <class D>
std::string complaint(const Case& shape) {
  Problem<D> problem(shape);
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

template <class D>
void time_search(benchmark::State& state, const Case& shape) {
  const std::string wrong = complaint<D>(shape);
  if (!wrong.empty()) return state.SkipWithError(wrong.c_str());
  Problem<D> problem(shape);
  Team team(shape.threads);
  Workspace<float> ws(problem.parameters(), team);
  Meter meter = measure(state, team, [&] { benchmark::DoNotOptimize(problem.run(ws)); });
  meter.report_per_second("words_per_second", static_cast<double>(shape.batch));
  meter.report_ns_per("ns_per_symbol", static_cast<double>(shape.batch * length));
}

const bool registered = [] {
  const auto add = [](const Case& shape) {
    add_benchmark(shape.name(), shape.threads, [=](benchmark::State& state) {
      shape.search.attends ? time_search<AttendingDecoder<>>(state, shape)
                           : time_search<GruDecoder>(state, shape);
    });
  };
  constexpr Search beam_of_4{"beam_4", 4}, beam_of_8{"beam_8", 8};
  constexpr Search greedy_places{"greedy_places", 1, true}, beam_places{"beam_4_places", 4, true};
  for (const Search& search :
       {greedy_search, greedy_places, beam_of_4, beam_places, beam_of_8, sampling}) {
    for (const int threads : {1, 2}) {
      for (const Index batch : {1, 16, 64}) add({search, threads, 40, batch});
    }
  }
  // A vocabulary of words.
  for (const Search& search : {greedy_search, beam_of_4, sampling, of_likeliest, of_nucleus}) {
    for (const Index batch : {1, 16}) add({search, 1, 10000, batch});
  }
  return true;
}();

}  // namespace

}  // namespace vaecollapse::bench

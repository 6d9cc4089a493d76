// Sampled words: their frequencies are the probabilities that the options ask for, their draws are
// addressed, and at its edges sampling is greedy search or the model itself.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/model/decode.hpp>
#include <vaecollapse/model/plain_decoder.hpp>
#include <vaecollapse/model/sample.hpp>

using namespace vaecollapse;

namespace {

constexpr Index symbols = 7, latent = 3, rows = 400;
using Word = std::vector<Symbol>;

/// Random weights, large enough that symbols differ in probability, and the same z for every row.
struct Model {
  Layout layout;
  PlainDecoder<> decoder{
      layout, "decoder", {.symbols = symbols, .embedding = 4, .hidden = 6, .latent = latent}};
  Parameters<double> parameters{layout, Seed{21}};
  Workspace<double> workspace{parameters};
  std::vector<Row> corpus_rows = std::vector<Row>(rows);

  Model() {
    for (double& value : parameters.values()) value *= 2;
    std::iota(corpus_rows.begin(), corpus_rows.end(), Row{0});
  }

  /// \shape [latent x count]
  Var<double, 2> z(Index count = rows, bool all_equal = true) {
    const auto z = workspace.make<2>(Shape<2>{{latent, count}});
    for (Index i = 0; i < z.size(); ++i) {
      z.data()[i] = std::sin(2 + 3.1 * static_cast<double>(all_equal ? i % latent : i));
    }
    return z;
  }

  std::vector<Hypothesis> sample(const SamplingOptions& options, std::uint32_t number = 0) {
    const Scope scope(workspace);
    return sample_words(workspace, decoder, z(), Draws(5, 1), corpus_rows, options, number);
  }

  /// log p of every symbol after those of a word. \shape [symbols]
  std::vector<double> log_probabilities(const Word& word) {
    const Scope scope(workspace);
    Word inputs{Vocabulary::start};
    inputs.insert(inputs.end(), word.begin(), word.end());
    const auto length = static_cast<Index>(inputs.size());
    const SequencePlan plan(std::span(&length, 1));
    const auto logits = decoder(workspace, {z(1)}, Symbols{&plan, inputs}).columns;
    const double* last = logits.view().column(length - 1);
    double all = 0;
    for (Index v = 0; v < symbols; ++v) all += std::exp(last[v]);
    std::vector<double> found;
    for (Index v = 0; v < symbols; ++v) found.push_back(last[v] - std::log(all));
    return found;
  }
};

/// What sampling is defined to draw from, by sorting all symbols. \shape [symbols] -> the same
std::vector<double> shares(const std::vector<double>& logs, const SamplingOptions& options) {
  std::vector<std::pair<double, Symbol>> ranked;
  for (Symbol v = Vocabulary::end; v < symbols; ++v) {
    ranked.push_back({-logs[static_cast<std::size_t>(v)], v});
  }
  std::sort(ranked.begin(), ranked.end());
  if (options.top_k > 0 && options.top_k < Index(ranked.size())) {
    ranked.resize(static_cast<std::size_t>(options.top_k));
  }
  const auto weight = [&](const auto& one) { return std::exp(-one.first / options.temperature); };
  double all = 0, sum = 0;
  for (const auto& one : ranked) all += weight(one);
  std::vector<double> found(symbols);
  double kept = 0;
  for (const auto& one : ranked) {
    if (kept >= options.top_p * all) break;
    kept += found[static_cast<std::size_t>(one.second)] = weight(one);
  }
  for (const double share : found) sum += share;
  for (double& share : found) share /= sum;
  return found;
}

/// The probability of every word of at most `options.longest` symbols.
void add_words(Model& model, const SamplingOptions& options, const Word& word, double probability,
               std::map<Word, double>& all) {
  const std::vector<double> of_next = shares(model.log_probabilities(word), options);
  for (Symbol v = Vocabulary::end; v < symbols; ++v) {
    const double next = probability * of_next[static_cast<std::size_t>(v)];
    if (next == 0) continue;
    Word longer = word;
    if (v != Vocabulary::end) longer.push_back(v);
    const bool ends = v == Vocabulary::end || Index(longer.size()) == options.longest;
    if (ends) {
      // A word that ended and one that was cut are two events of the same symbols, never both.
      all[longer] += next;
    } else {
      add_words(model, options, longer, next, all);
    }
  }
}

/// The value that chi-square exceeds with probability 1e-6. \source Wilson & Hilferty 1931
double critical_value(double degrees) {
  const double z = 4.7534, a = 2 / (9 * degrees);
  return degrees * std::pow(1 - a + z * std::sqrt(a), 3);
}

}  // namespace

TEST_CASE("sampled words come as often as they are probable (1e-6 false alarms for each options)") {
  Model model;
  for (const SamplingOptions& options :
       {SamplingOptions{.longest = 3}, SamplingOptions{.temperature = 0.5, .longest = 3},
        SamplingOptions{.temperature = 3, .top_k = 2, .longest = 3},
        SamplingOptions{.top_p = 0.85, .longest = 3},
        SamplingOptions{.temperature = 1.5, .top_k = 4, .top_p = 0.8, .longest = 2}}) {
    CAPTURE(options.temperature);
    CAPTURE(options.top_k);
    CAPTURE(options.top_p);
    std::map<Word, double> expected;
    add_words(model, options, {}, 1, expected);
    std::map<Word, double> found;
    constexpr std::uint32_t times = 50;
    for (std::uint32_t number = 0; number < times; ++number) {
      for (const Hypothesis& word : model.sample(options, number)) ++found[word.ids];
    }
    const double count = times * rows;
    double all = 0, rare = 0, rare_found = 0, chi_square = 0, cells = 0;
    const auto add = [&](double observed, double mean) {
      chi_square += (observed - mean) * (observed - mean) / mean;
      ++cells;
    };
    for (const auto& [word, probability] : expected) {
      all += probability;
      if (probability * count < 10) {
        rare += probability;
        rare_found += found[word];
      } else {
        add(found[word], probability * count);
      }
    }
    if (rare > 0) add(rare_found, rare * count);
    CHECK(all == doctest::Approx(1).epsilon(1e-12));
    REQUIRE(cells > 3);
    CHECK(chi_square < critical_value(cells - 1));
    for (const auto& [word, times_found] : found) CHECK(expected.count(word) == 1);
  }
}

TEST_CASE("a sampled word has the log probability of the model, whatever the options") {
  Model model;
  for (const SamplingOptions& options :
       {SamplingOptions{.longest = 4},
        SamplingOptions{.temperature = 2, .top_k = 3, .longest = 4}}) {
    std::size_t cut = 0;
    const auto words = model.sample(options);
    for (std::size_t i = 0; i < words.size(); i += 7) {
      double expected = 0;
      Word read;
      for (const Symbol id : words[i].ids) {
        CHECK(id >= Vocabulary::first_character);
        expected += model.log_probabilities(read)[static_cast<std::size_t>(id)];
        read.push_back(id);
      }
      if (!words[i].is_cut) expected += model.log_probabilities(read)[Vocabulary::end];
      CHECK(words[i].log_probability == doctest::Approx(expected).epsilon(1e-10));
      CHECK(words[i].is_cut == (Index(words[i].ids.size()) == options.longest));
      cut += words[i].is_cut ? 1 : 0;
    }
    CHECK(cut > 0);
  }
}

TEST_CASE("a temperature of 0 and a top_k of 1 are greedy search") {
  Model model;
  const auto z = model.z(rows, false);
  const auto greedy_words = greedy(model.workspace, model.decoder, z, {.longest = 8});
  for (const SamplingOptions& options :
       {SamplingOptions{.temperature = 0, .longest = 8}, SamplingOptions{.top_k = 1, .longest = 8},
        SamplingOptions{.top_p = 1e-300, .longest = 8}}) {
    const auto words =
        sample_words(model.workspace, model.decoder, z, Draws(5, 1), model.corpus_rows, options);
    for (std::size_t i = 0; i < words.size(); ++i) {
      CHECK(words[i].ids == greedy_words[i].front().ids);
      CHECK(words[i].log_probability == greedy_words[i].front().log_probability);
      CHECK(words[i].is_cut == greedy_words[i].front().is_cut);
    }
  }
}

TEST_CASE("a sampled word depends on its row and number, not on the rows or threads beside it") {
  Model model;
  const SamplingOptions options{.temperature = 1.3, .top_p = 0.95};
  const auto all = model.sample(options), others = model.sample(options, 1);
  std::size_t differ = 0;
  for (std::size_t i = 0; i < all.size(); ++i) differ += all[i].ids != others[i].ids ? 1 : 0;
  CHECK(differ > all.size() / 2);
  for (const int threads : {1, 2, 3}) {
    Team team(threads);
    Workspace<double> workspace(model.parameters, team);
    std::vector<Row> some{399, 17, 17, 4};
    const auto z = workspace.make<2>(Shape<2>{{latent, 4}});
    for (Index j = 0; j < 4; ++j) std::copy_n(model.z(1).data(), latent, z.value_view().column(j));
    const auto words = sample_words(workspace, model.decoder, z, Draws(5, 1), some, options);
    for (std::size_t j = 0; j < some.size(); ++j) {
      CHECK(words[j].ids == all[some[j]].ids);
      CHECK(words[j].log_probability ==
            doctest::Approx(all[some[j]].log_probability).epsilon(1e-12));
    }
  }
}

namespace {

/// Which symbols a sampler can draw, over a fine grid of draws.
Word drawn(const std::vector<double>& logits, const SamplingOptions& options) {
  detail::SymbolSampler sampler(options, Index(logits.size()));
  std::vector<bool> seen(logits.size());
  for (int i = 0; i < 2000; ++i) {
    const View<const double> column(logits.data(), Index(logits.size()), 1);
    seen[static_cast<std::size_t>(sampler(column, (i + 0.5) / 2000))] = true;
  }
  Word found;
  for (std::size_t v = 0; v < seen.size(); ++v) {
    if (seen[v]) found.push_back(static_cast<Symbol>(v));
  }
  return found;
}

}  // namespace

TEST_CASE("top_p keeps the fewest symbols that reach it, and of equal ones the first") {
  const std::vector<double> equal(7, 0.25);  // 2 to 6 may follow
  CHECK(drawn(equal, {.top_p = 1}) == Word{2, 3, 4, 5, 6});
  CHECK(drawn(equal, {.top_p = 0.4}) == Word{2, 3});
  CHECK(drawn(equal, {.top_p = std::nextafter(0.4, 1.0)}) == Word{2, 3, 4});
  CHECK(drawn(equal, {.top_p = 0.2}) == Word{2});
  CHECK(drawn(equal, {.top_p = std::nextafter(1.0, 0.0)}) == Word{2, 3, 4, 5, 6});
  CHECK(drawn(equal, {.top_k = 3}) == Word{2, 3, 4});
  CHECK(drawn(equal, {.top_k = 3, .top_p = 0.5}) == Word{2, 3});
  CHECK(drawn(equal, {.top_k = 100}) == Word{2, 3, 4, 5, 6});
  // Halves, quarters, eighths: sums that are exact.
  const double half = std::log(2.0);
  const std::vector<double> falling{9, 9, -2 * half, -3 * half, -half, -3 * half};
  CHECK(drawn(falling, {.top_p = 0.5}) == Word{4});
  CHECK(drawn(falling, {.top_p = 0.51}) == Word{2, 4});
  CHECK(drawn(falling, {.top_p = 0.76}) == Word{2, 3, 4});
  CHECK(drawn(falling, {.top_k = 2}) == Word{2, 4});
}

namespace {

/// The symbol that is drawn, by sorting all: of the first `top_k`, the fewest that reach `top_p`.
Symbol drawn_by_sorting(const std::vector<float>& logits, const SamplingOptions& options,
                        double uniform) {
  std::vector<Symbol> order;
  for (Symbol v = Vocabulary::end; v < Symbol(logits.size()); ++v) order.push_back(v);
  std::stable_sort(order.begin(), order.end(), [&](Symbol a, Symbol b) {
    return logits[std::size_t(a)] > logits[std::size_t(b)];
  });
  if (options.top_k > 0) order.resize(std::size_t(options.top_k));
  const auto weight = [&](Symbol v) {
    return std::exp(double(logits[std::size_t(v)]) / options.temperature);
  };
  double all = 0, reached = 0;
  for (const Symbol v : order) all += weight(v);
  std::size_t kept = 0;
  while (kept < order.size() && (kept == 0 || reached < options.top_p * all)) {
    reached += weight(order[kept++]);
  }
  order.resize(kept);
  std::sort(order.begin(), order.end());
  double below = 0;
  for (const Symbol v : order) {
    below += weight(v);
    if (uniform * reached < below) return v;
  }
  return order.back();
}

}  // namespace

TEST_CASE("the symbols of a large vocabulary that options leave are those of sorting all") {
  constexpr Index many = 3000;
  const Draws draws(Seed{5}, 0);
  std::vector<float> logits(many);
  for (std::uint32_t v = 0; v < many; ++v) {
    // Eighths, so that many are equal.
    const double draw = draws.uniform(Stream::user, v, 0, 0, 0);
    logits[v] = static_cast<float>(std::round(8 * (6 * draw - 3)) / 8);
  }
  for (const SamplingOptions& options :
       {SamplingOptions{}, SamplingOptions{.top_k = 40}, SamplingOptions{.top_p = 0.63},
        SamplingOptions{.temperature = 0.37, .top_k = 1234, .top_p = 0.91},
        SamplingOptions{.temperature = 2.5, .top_p = 0.05}}) {
    detail::SymbolSampler sampler(options, many);
    int differing = 0;
    for (std::uint32_t i = 0; i < 300; ++i) {
      const double uniform = draws.uniform(Stream::user, many + i, 0, 0, 0);
      const Symbol found = sampler(View<const float>(logits.data(), many, 1), uniform);
      if (found != drawn_by_sorting(logits, options, uniform)) ++differing;
    }
    CAPTURE(options.top_k);
    CAPTURE(options.top_p);
    CHECK(differing == 0);
  }
}

TEST_CASE("extreme temperatures and logits are drawn from as they are") {
  const double low = -std::numeric_limits<double>::infinity();
  const std::vector<double> logits{50, 50, 1, 3, low, 2};
  CHECK(drawn(logits, {}) == Word{2, 3, 5});
  CHECK(drawn(logits, {.temperature = 1e-300}) == Word{3});
  CHECK(drawn(logits, {.temperature = std::numeric_limits<double>::denorm_min()}) == Word{3});
  CHECK(drawn(logits, {.temperature = 1e300, .top_k = 2}) == Word{3, 5});
  CHECK(drawn({0, 0, low, low}, {}) == Word{2});  // nothing can follow
}

TEST_CASE("a word whose logits are no numbers is cut") {
  Model model;
  for (double& value : model.parameters.values()) value = std::nan("");
  for (const SamplingOptions& options :
       {SamplingOptions{}, SamplingOptions{.top_k = 3, .top_p = 0.5}}) {
    for (const Hypothesis& word : model.sample(options)) {
      CHECK(word.ids.empty());
      CHECK(word.is_cut);
      CHECK_FALSE(is_finite(word.log_probability));
    }
  }
}

TEST_CASE("sampling refuses options out of their range, and rows that are none of z") {
  Model model;
  const auto refused = [&](const SamplingOptions& options, const char* sentence) {
    CHECK_THROWS_WITH_AS(model.sample(options), sentence, Error);
  };
  for (const double bad : {-0.5, std::nan(""), HUGE_VAL}) {
    CHECK_THROWS_WITH_AS(model.sample({.temperature = bad}),
                         doctest::Contains("it must be finite, 0 or more"), Error);
  }
  for (const double bad : {-0.5, 0.0, 1.5, std::nan("")}) {
    CHECK_THROWS_WITH_AS(model.sample({.top_p = bad}),
                         doctest::Contains("it must be above 0 and at most 1"), Error);
  }
  refused({.top_k = -1}, "sample_words: top_k is -1: it must be 0 (all) or more");
  refused({.longest = 0}, "sample_words: longest is 0: it must be at least 1 and at most 33554432");
  model.corpus_rows.pop_back();
  CHECK_THROWS_WITH_AS(
      model.sample({}),
      doctest::Contains("there must be a row, which addresses draws, for each row"), ShapeError);
}

TEST_CASE("a parallel decoder is sampled from its logits of all positions") {
  Layout layout;
  const GruDecoder decoder(layout, "decoder",
                           {.symbols = symbols,
                            .tags = 1,
                            .embedding = 4,
                            .hidden = 6,
                            .latent = latent,
                            .history = History::absent});
  Parameters<double> parameters(layout, Seed{8});
  for (double& value : parameters.values()) value *= 3;
  Workspace<double> workspace(parameters);
  const std::vector<Row> own_rows{3, 8, 20};
  const auto z = workspace.make<2>(Shape<2>{{latent, 3}});
  for (Index i = 0; i < z.size(); ++i) z.data()[i] = std::cos(static_cast<double>(3 * i));
  const std::vector<Index> no_tags(4, 0), lengths(3, 5);
  const Conditions<double> given{.z = z, .tags = TagSets(no_tags, std::span<const Symbol>())};
  const SamplingOptions options{.temperature = 0.8, .top_k = 4, .longest = 5};
  const auto words = sample_words(workspace, decoder, given, Draws(2, 0), own_rows, options, 6);
  const SequencePlan plan{std::span<const Index>(lengths)};
  const auto logits = decoder(workspace, given, Symbols{&plan, {}}).columns.view();
  detail::SymbolSampler sampler(options, symbols);
  for (Index row = 0; row < 3; ++row) {
    Word expected;
    for (std::uint32_t t = 0; t < 5; ++t) {
      const auto bits = Draws(2, 0).bits(Stream::sampled_symbols,
                                         own_rows[static_cast<std::size_t>(row)], 6, t, 0);
      const Symbol next = sampler(View<const double>(logits.middle_columns(plan.column(row, t), 1)),
                                  detail::uniform_of(bits));
      if (next == Vocabulary::end) break;
      expected.push_back(next);
    }
    CHECK(words[static_cast<std::size_t>(row)].ids == expected);
  }
}

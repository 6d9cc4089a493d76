// Greedy and beam search: what they promise of scores, order, ends and lengths.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/softmax_cross_entropy.hpp>
#include <vaecollapse/model/decode.hpp>

#include "support/tiny_corpus.hpp"

using namespace vaecollapse;
using vaecollapse_test::TinyTask;

namespace {

/// Random weights, large enough that the choices differ from row to row.
struct Untrained {
  TinyTask task;
  Parameters<double> parameters{task.layout, Seed{21}};
  Batch batch;
  Workspace<double> workspace{parameters};

  Untrained() {
    for (double& value : parameters.values()) value *= 2.5;
    std::vector<Row> rows(12);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<Row>(5 * i);
    batch.assign(task.corpus, rows);
  }
  std::vector<Guesses> decode(const DecodeOptions& options) {
    const Scope scope(workspace);
    const auto z = task.network.encode(workspace, batch).mu;
    return vaecollapse::decode(workspace, task.network.decoder(), z, batch.tags(),
                               *batch.source().plan, options);
  }
};

}  // namespace

TEST_CASE("greedy: a word's log probability is that of the sequence model") {
  Untrained model;
  const auto guesses = model.decode({});
  const Scope scope(model.workspace);
  const auto z = model.task.network.encode(model.workspace, model.batch).mu;
  for (Index row = 0; row < model.batch.size(); ++row) {
    const Hypothesis& guess = guesses[static_cast<std::size_t>(row)].front();
    const Index longest = DecodeOptions{}.longest_from(model.batch.source().plan->length(row));
    const bool ended = static_cast<Index>(guess.ids.size()) < longest;
    std::vector<Symbol> targets = guess.ids, inputs{Vocabulary::start};
    inputs.insert(inputs.end(), targets.begin(), targets.end());
    ended ? targets.push_back(Vocabulary::end) : inputs.pop_back();
    const Index length = static_cast<Index>(targets.size());
    const SequencePlan plan(std::span<const Index>(&length, 1));
    auto one = model.workspace.make<2>(Shape<2>{{z.rows(), 1}});
    std::copy_n(z.view().column(row), z.rows(), one.data());
    const auto tags = model.batch.tags().of(row);
    const Index first[] = {0, static_cast<Index>(tags.size())};
    const auto logits = model.task.network.decoder()(model.workspace, {one, TagSets{first, tags}},
                                                     Symbols{&plan, inputs});
    const auto nll = cross_entropy(model.workspace, logits, Symbols{&plan, targets});
    CHECK(guess.log_probability == doctest::Approx(-nll.data()[0]).epsilon(1e-10));
  }
}

TEST_CASE("greedy: no guess has a special symbol and no word is too long") {
  Untrained model;
  const auto guesses = model.decode({.length_factor = 1, .length_slack = 2});
  for (std::size_t row = 0; row < guesses.size(); ++row) {
    REQUIRE(guesses[row].size() == 1);
    const auto& ids = guesses[row].front().ids;
    CHECK(static_cast<Index>(ids.size()) <=
          model.batch.source().plan->length(static_cast<Index>(row)) + 2);
    for (const Symbol id : ids) CHECK(id >= Vocabulary::first_character);
  }
}

TEST_CASE("without sources words are as long as the options say, and else the same") {
  Untrained model;
  const Scope scope(model.workspace);
  const auto& decoder = model.task.network.decoder();
  const auto z = model.task.network.encode(model.workspace, model.batch).mu;
  const Conditions<double> given{.z = z, .tags = model.batch.tags()};
  for (const Index beam : {1, 3}) {
    const DecodeOptions limited{
        .beam = beam, .nbest = beam, .length_factor = 0, .length_slack = 4, .longest = 4};
    const auto expected = model.decode(limited);
    const auto found = vaecollapse::decode(model.workspace, decoder, given, limited);
    REQUIRE(found.size() == expected.size());
    for (std::size_t row = 0; row < found.size(); ++row) {
      REQUIRE(found[row].size() == expected[row].size());
      for (std::size_t i = 0; i < found[row].size(); ++i) {
        CHECK(found[row][i].ids == expected[row][i].ids);
        CHECK(found[row][i].log_probability == expected[row][i].log_probability);
      }
    }
  }
  CHECK_THROWS_WITH_AS(greedy(model.workspace, decoder, given, {.longest = 0}),
                       "decode: longest is 0: it must be at least 1", Error);
  const std::vector<Index> two{3, 3};
  const SequencePlan sources{std::span<const Index>(two)};
  CHECK_THROWS_WITH_AS(greedy(model.workspace, decoder, given, sources),
                       doctest::Contains("there must be a source for each row of z"), ShapeError);
}

TEST_CASE("a beam of several: best first, all different, never worse than greedy") {
  Untrained model;
  const auto greedy = model.decode({});
  const auto beam = model.decode({.beam = 8, .nbest = 8});
  for (std::size_t row = 0; row < beam.size(); ++row) {
    REQUIRE(beam[row].size() == 8);
    for (std::size_t i = 1; i < beam[row].size(); ++i) {
      CHECK(beam[row][i - 1].log_probability >= beam[row][i].log_probability);
      for (std::size_t k = 0; k < i; ++k) CHECK(beam[row][k].ids != beam[row][i].ids);
    }
  }
  for (const Index width : {2, 3, 4, 8, 30}) {
    const auto wide = model.decode({.beam = width});
    for (std::size_t row = 0; row < wide.size(); ++row) {
      CHECK(wide[row][0].log_probability >= greedy[row][0].log_probability - 1e-9);
    }
  }
}

TEST_CASE("an exhaustive beam finds the likeliest word of all") {
  Untrained model;
  // Words of at most two symbols over V - 2 choices: a beam that holds them all searches them all.
  const Index choices = model.task.vocabulary.symbols() - 2;
  const DecodeOptions all{
      .beam = choices * choices, .nbest = 1, .length_factor = 0, .length_slack = 2};
  const auto best = model.decode(all);
  const auto narrow = model.decode({.length_factor = 0, .length_slack = 2});
  for (std::size_t row = 0; row < best.size(); ++row) {
    CHECK(best[row][0].log_probability >= narrow[row][0].log_probability - 1e-12);
  }
}

TEST_CASE("a beam of more columns than can be counted is an error, a length of more is no limit") {
  Untrained model;
  constexpr Index huge = Index{1} << 62;
  const Index rows = model.batch.size();
  CHECK_THROWS_WITH_AS(model.decode({.beam = huge}),
                       ("decode: beam is 4611686018427387904, of " + std::to_string(rows) +
                        " rows: their product must be below 2^63")
                           .c_str(),
                       Error);
  CHECK(DecodeOptions{.length_factor = huge}.longest_from(3) == std::numeric_limits<Index>::max());
  CHECK(DecodeOptions{.length_factor = 2, .length_slack = 2 * (huge - 1) + 1}.longest_from(1) ==
        std::numeric_limits<Index>::max());
  CHECK(DecodeOptions{}.longest_from(3) == 26);
}

TEST_CASE("length normalisation ranks by log p / n^a") {
  Untrained model;
  const auto guesses = model.decode({.beam = 6, .nbest = 6, .length_normalisation = 1});
  for (const Guesses& row : guesses) {
    for (std::size_t i = 1; i < row.size(); ++i) {
      const auto rank = [](const Hypothesis& word) {
        return word.log_probability / static_cast<double>(word.ids.size() + 1);
      };
      CHECK(rank(row[i - 1]) >= rank(row[i]) - 1e-12);
    }
  }
}

TEST_CASE("a row's guesses do not depend on the rows beside it") {
  Untrained model;
  const DecodeOptions options{.beam = 4, .nbest = 4};
  const auto together = model.decode(options);
  const std::vector<Row> rows(model.batch.rows().begin(), model.batch.rows().end());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    model.batch.assign(model.task.corpus, std::span(rows).subspan(i, 1));
    const auto alone = model.decode(options);
    REQUIRE(alone[0].size() == together[i].size());
    for (std::size_t k = 0; k < alone[0].size(); ++k) {
      CHECK(alone[0][k].ids == together[i][k].ids);
      CHECK(alone[0][k].log_probability ==
            doctest::Approx(together[i][k].log_probability).epsilon(1e-10));
    }
  }
}

TEST_CASE("a beam that cannot hold the guesses asked for is refused") {
  Untrained model;
  CHECK_THROWS_WITH_AS(model.decode({.beam = 2, .nbest = 3}),
                       "decode: beam is 2, nbest is 3: 1 <= nbest <= beam must hold", Error);
  const Scope scope(model.workspace);
  const auto z = model.task.network.encode(model.workspace, model.batch).mu;
  CHECK_THROWS_WITH_AS(beam_search(model.workspace, model.task.network.decoder(), z,
                                   model.batch.tags(), *model.batch.source().plan, {.beam = 0}),
                       "decode: beam is 0, nbest is 1: 1 <= nbest <= beam must hold", Error);
}

TEST_CASE("a length normalisation that ranks nothing is refused") {
  Untrained model;
  for (const double power : {-1.0, std::nan(""), HUGE_VAL}) {
    CHECK_THROWS_WITH_AS(model.decode({.beam = 2, .length_normalisation = power}),
                         doctest::Contains("it must be finite, 0 or more"), Error);
  }
}

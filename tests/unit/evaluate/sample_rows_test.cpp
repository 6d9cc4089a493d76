// Words drawn for the rows of a corpus: the same in batches of any size, and greedy search without
// a temperature.
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/evaluate/codes.hpp>
#include <vaecollapse/evaluate/decode.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>

#include "support/tiny_words.hpp"

using namespace vaecollapse;
using vaecollapse_test::TinyWords;

TEST_CASE("words drawn for rows do not depend on batches, and without a temperature are greedy") {
  const TinyWords task;
  Parameters<double> parameters(task.layout, Seed{3});
  for (double& value : parameters.values()) value *= 2;
  Team team;
  Evaluation<TinyWords::Network, double> small(task.network, parameters, team, {.batch = 7});
  Evaluation<TinyWords::Network, double> large(task.network, parameters, team, {.batch = 100});
  const std::vector<double> z = z_means(small, task.corpus);
  const std::span<const double> codes(z);
  const std::vector<Row> own = detail::rows_in_order(task.corpus.size());
  const auto a = sample_rows(small, task.corpus, codes, own);
  const auto b = sample_rows(large, task.corpus, codes, own);
  const auto other = sample_rows(large, task.corpus, codes, own, {}, 1);
  const auto likeliest = sample_rows(small, task.corpus, codes, own, {.temperature = 0});
  const auto greedy_words =
      decode_rows(large, task.corpus, codes, own,
                  {.length_factor = 0, .length_slack = SamplingOptions{}.longest});
  std::size_t differ = 0;
  for (std::size_t row = 0; row < own.size(); ++row) {
    CHECK(a[row].ids == b[row].ids);
    CHECK(likeliest[row].ids == greedy_words[row].front().ids);
    differ += a[row].ids != other[row].ids ? 1 : 0;
  }
  CHECK(differ > own.size() / 2);
}

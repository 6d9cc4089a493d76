// The made-up language: what its sentences depend on, and that they show their z.
#include <cmath>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/tasks/text/lines.hpp>
#include <vaecollapse/tasks/text/synthetic.hpp>

namespace vc = vaecollapse;
namespace text = vaecollapse::text;

TEST_CASE("a sentence depends on the seed and its number alone") {
  const auto lines = text::synthetic_sentences(300, vc::Seed{1});
  REQUIRE(lines.size() == 300);
  CHECK(lines.words() == 3000);
  const auto later = text::synthetic_sentences(10, vc::Seed{1}, 290);
  for (vc::Index i = 0; i < 10; ++i) CHECK(later[i] == lines[290 + i]);
  const auto other = text::synthetic_sentences(300, vc::Seed{2});
  std::set<std::vector<std::string_view>> seen;
  for (vc::Index i = 0; i < 300; ++i) {
    CHECK(lines[i].size() == 10);
    seen.insert(lines[i]);
    CHECK(lines[i] != other[i]);
  }
  CHECK(seen.size() == 300);
}

TEST_CASE("words are w0 to w999, and the first is any of them") {
  // The first number is uniform on 0 .. 999 with mean 499.5 and deviation 288.7; the mean of 2,000
  // has a deviation of 6.45, so a limit of 26 gives a false alarm once in 18,000 seeds, and the
  // seed is fixed.
  const auto lines = text::synthetic_sentences(2000, vc::Seed{3});
  double sum = 0;
  for (vc::Index i = 0; i < lines.size(); ++i) {
    const std::string first(lines[i][0]);
    REQUIRE(first[0] == 'w');
    const int number = std::stoi(first.substr(1));
    CHECK(first == "w" + std::to_string(number));
    CHECK(number < 1000);
    sum += number;
  }
  CHECK(std::abs(sum / 2000 - 499.5) < 26);
}

TEST_CASE("words of a sentence have much to do with one another, for all come from one z") {
  // The information between the last two words and between the last words of neighbours, by the
  // counts of pairs; what chance adds to both is the same but for its spread, which is 0.02 nats
  // here: a difference of 0.5 is no chance.
  const auto lines = text::synthetic_sentences(4000, vc::Seed{3});
  const auto information = [&](auto&& pair_of) {
    std::map<std::pair<std::string_view, std::string_view>, double> pairs;
    std::map<std::string_view, double> left, right;
    const double share = 1.0 / static_cast<double>(lines.size());
    for (vc::Index i = 0; i < lines.size(); ++i) {
      const auto pair = pair_of(i);
      pairs[pair] += share;
      left[pair.first] += share;
      right[pair.second] += share;
    }
    double nats = 0;
    for (const auto& [pair, p] : pairs)
      nats += p * std::log(p / left[pair.first] / right[pair.second]);
    return nats;
  };
  const double within = information([&](vc::Index i) {
    return std::pair{lines[i][4], lines[i][9]};
  });
  const double between = information([&](vc::Index i) {
    return std::pair{lines[i][4], lines[(i + 1) % lines.size()][9]};
  });
  CHECK(within > between + 0.5);
}

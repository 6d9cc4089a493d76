#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/metrics/early_signs.hpp>

using namespace vaecollapse;

namespace {

ProbedSigns probe(double permutation_gap, double gap = 0) {
  return {.gradient_ratio = 1.5, .permutation_gap = permutation_gap, .amortisation_gap = gap};
}

}  // namespace

TEST_CASE("the slope of the rate is that of the last four epochs") {
  EarlySignHistory history;
  CHECK_FALSE(history.add(100, {}).rate_slope.has_value());
  CHECK(history.add(50, {}).rate_slope.value() == doctest::Approx(-50));
  history.add(20, {});
  history.add(22, {});
  history.add(24, {});
  const EarlySigns signs = history.add(26, {});
  CHECK(signs.rate_slope.value() == doctest::Approx(2));
  CHECK_FALSE(signs.permutation_gap.has_value());
  CHECK(signs.warnings.empty());
}

TEST_CASE("a healthy run gives figures and no warnings") {
  EarlySignHistory history;
  for (const double gap : {0.1, 5.0, 9.0, 8.0}) {
    const EarlySigns signs = history.add(60, probe(gap, 0.5));
    CHECK(signs.gradient_ratio.value() == 1.5);
    CHECK(signs.amortisation_gap.value() == 0.5);
    CHECK(signs.warnings.empty());
  }
}

TEST_CASE("a sign of a collapse is a warning in words, from the second epoch on") {
  const auto second = [](double rate_before, ProbedSigns before, double rate, ProbedSigns now) {
    EarlySignHistory history;
    CHECK(history.add(rate_before, before).warnings.empty());
    return history.add(rate, now).warnings;
  };
  using Texts = std::vector<std::string>;
  CHECK(second(0.3, probe(9), 0.25, probe(9)) ==
        Texts{"z carries almost nothing: the rate is 0.25 nats a word"});
  CHECK(second(0.3, probe(0), 0.25, probe(0, 5)) ==
        Texts{"z carries almost nothing: the rate is 0.25 nats a word"});
  CHECK(second(6, probe(9), 4, probe(9)) ==
        Texts{"z is being given up: the rate falls by 2.00 nats an epoch, to 4.00 now"});
  CHECK(second(60, probe(0.1), 60, probe(0.2)) ==
        Texts{"the decoder hardly uses z: the z of another word costs 0.20 nats, and the gradient "
              "of the NLL at (mu, logvar) is 1.5 times that of the KL"});
  ProbedSigns of_any_family = probe(0.2);
  of_any_family.gradient_ratio.reset();
  of_any_family.amortisation_gap.reset();
  CHECK(second(60, probe(0.1), 60, of_any_family) ==
        Texts{"the decoder hardly uses z: the z of another word costs 0.20 nats"});
  CHECK(second(60, probe(9), 60, probe(4)) ==
        Texts{"the decoder uses z less than before: the z of another word costs 4.00 nats, down "
              "from 9.00"});
  CHECK(second(60, probe(2), 60, probe(2, 2.5)) ==
        Texts{"the encoder lags: better posteriors would save 2.50 nats a word"});
}

TEST_CASE("early signs are the verdict's: what it calls collapsed is warned of, and nothing else") {
  const auto has_warning = [](double rate, double nll, double rise) {
    EarlySignHistory history;
    history.add(rate, probe(rise), nll);
    const bool warned = !history.add(rate, probe(rise), nll).warnings.empty();
    CollapseFigures figures{.nll = nll, .rate = rate};
    figures.permuted.nll_rise = {rise, 0};
    CHECK(warned == judge(figures).has_collapsed());
    return warned;
  };
  CHECK(has_warning(0.29, 14.3, 0.53));
  CHECK(has_warning(0.4, 14.3, 0.7));
  CHECK(has_warning(60, 12, 2.9));
  CHECK(has_warning(8, 92, 0.5));
  CHECK_FALSE(has_warning(8, 92, 3));
  CHECK_FALSE(has_warning(7, 325, 7));
  CHECK(has_warning(7, 325, 2));
  CHECK_FALSE(has_warning(1.3, 0.2, 0.9));  // rows of few nats
}

TEST_CASE("a rate that swings towards its target while z is used more and more is no alarm") {
  // The first epochs of a minimum desired rate of 60 nats on Turkish, seed 2.
  EarlySignHistory history;
  CHECK(history.add(77.8, probe(7.06)).warnings.empty());
  CHECK(history.add(31.6, probe(9.62)).warnings.empty());
  CHECK(history.add(42.2, probe(12.88)).warnings.empty());
  CHECK(history.add(32.6, probe(13.70)).warnings.empty());
  // The same fall while z is used no more than before is one.
  const std::vector<std::string> warnings = history.add(8, probe(13.70)).warnings;
  REQUIRE(warnings.size() == 1);
  CHECK(warnings.front() ==
        "z is being given up: the rate falls by 8.04 nats an epoch, to 8.00 now");
}

TEST_CASE("warnings call a row what the caller calls it") {
  EarlySignHistory history({}, "sentence");
  history.add(5, probe(5));
  CHECK(history.add(0.1, probe(0)).warnings ==
        std::vector<std::string>{"z carries almost nothing: the rate is 0.10 nats a sentence"});
  const std::vector<std::string> unused = history.add(60, probe(0.1)).warnings;
  REQUIRE(unused.size() == 1);
  CHECK(unused.front().starts_with("the decoder hardly uses z: the z of another sentence costs"));
}

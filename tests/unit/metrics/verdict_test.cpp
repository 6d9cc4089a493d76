// Verdicts on figures, each on both sides of the line.
#include <limits>

#include <doctest/doctest.h>

#include <vaecollapse/metrics/verdict.hpp>

namespace vc = vaecollapse;
using vc::Health;

namespace {

/// A model that uses z as it should.
vc::CollapseFigures good() {
  return {.nll = 2,
          .rate = 20,
          .accuracy = 0.8,
          .permuted = {.nll_rise = {30, 0.5}, .accuracy_fall = {0.8, 0.01}},
          .noise_cost = 0.5,
          .posterior_gap = 1.5,
          .kl_price = 1};
}

/// A decoder that does as well with any z.
vc::CollapseFigures deaf(double rate) {
  return {.nll = 12,
          .rate = rate,
          .accuracy = 0.1,
          .permuted = {.nll_rise = {0.01, 0.02}, .accuracy_fall = {0, 0.001}},
          .noise_cost = 0,
          .posterior_gap = 0.1,
          .kl_price = 0};
}

}  // namespace

TEST_CASE("verdict: healthy") {
  const vc::Verdict verdict = vc::judge(good());
  CHECK(verdict.health == Health::healthy);
  CHECK_FALSE(verdict.has_collapsed());
  REQUIRE(verdict.evidence.size() == 3);
  CHECK(verdict.evidence[0] == "with the z of another word the NLL changes by +30.00 +- 0.50 nats");
  CHECK(verdict.evidence[1] == "accuracy is 80.0 %, with the z of another word 0.0 %");
  CHECK(verdict.evidence[2] == "the rate is 20.00 nats a word");
}

TEST_CASE("verdict: whoever does without z has collapsed, whatever the rate") {
  CHECK(vc::judge(deaf(0.1)).health == Health::collapsed);
  CHECK(vc::judge(deaf(60)).health == Health::rate_unused);
  CHECK(vc::judge(deaf(0.1)).has_collapsed());
  CHECK(vc::judge(deaf(60)).has_collapsed());
  CHECK(vc::name_of(vc::judge(deaf(60)).health) == "rate committed but unused");
}

TEST_CASE("verdict: a rise must be large, and more than chance") {
  vc::CollapseFigures figures = deaf(60);
  figures.permuted.nll_rise = {1, 0.2};
  figures.permuted.accuracy_fall = {0.06, 0.01};
  CHECK(vc::judge(figures).health == Health::healthy);
  figures.permuted.nll_rise = {1, 0.4};
  CHECK(vc::judge(figures).health == Health::rate_unused);
  figures.permuted.nll_rise = {0.4, 0.01};
  CHECK(vc::judge(figures).health == Health::rate_unused);
  figures.permuted.nll_rise = {std::numeric_limits<double>::quiet_NaN(), 0.1};
  CHECK(vc::judge(figures).health == Health::rate_unused);
}

TEST_CASE("verdict: the encoder lags where better posteriors would help") {
  vc::CollapseFigures figures = deaf(0.1);
  figures.posterior_gap = 1.3;
  CHECK(vc::judge(figures).health == Health::encoder_lags);
  figures.posterior_gap = 1.1;  // less than a tenth of the NLL
  CHECK(vc::judge(figures).health == Health::collapsed);
  figures = good();
  figures.posterior_gap = 31;
  const vc::Verdict verdict = vc::judge(figures);
  CHECK(verdict.health == Health::encoder_lags);
  CHECK(verdict.evidence.back() == "better posteriors would save 31.00 nats at no more rate");
}

TEST_CASE("verdict: over-regularised where a nat of KL would save several of NLL") {
  vc::CollapseFigures figures = good();
  figures.kl_price = 4;
  CHECK(vc::judge(figures).health == Health::healthy);  // but its noise costs little
  figures.noise_cost = 3;
  CHECK(vc::judge(figures).health == Health::over_regularised);
  figures.kl_price = 1.5;
  CHECK(vc::judge(figures).health == Health::healthy);
}

TEST_CASE("verdict: over-regularised where z is heard and says little") {
  // Linear annealing on Turkish: 2.5 nats, 1.1 % exact match.
  vc::CollapseFigures figures = good();
  figures.nll = 12.5;
  figures.rate = 2.5;
  figures.accuracy = 0.011;
  figures.permuted = {.nll_rise = {7.8, 0.1}, .accuracy_fall = {0.011, 0.003}};
  const vc::Verdict verdict = vc::judge(figures);
  CHECK(verdict.health == Health::over_regularised);
  CHECK(verdict.evidence.back() == "z says 2.5 of the 15.0 nats that a word takes");
  figures.permuted.accuracy_fall.value = 0.06;
  CHECK(vc::judge(figures).health == Health::healthy);
  figures.permuted.accuracy_fall.value = 0.011;
  figures.rate = 4.2;  // a quarter
  CHECK(vc::judge(figures).health == Health::healthy);
}

TEST_CASE("verdict: each comes with advice and a name") {
  CHECK(vc::judge(deaf(0)).advice.starts_with("hold the rate up (free_bits"));
  CHECK(vc::judge(deaf(9)).advice.starts_with("weaken the decoder"));
  CHECK(vc::judge(good()).advice == "nothing needs to be changed");
  CHECK(vc::name_of(Health::healthy) == "healthy");
  CHECK(vc::name_of(Health::collapsed) == "collapsed");
  CHECK(vc::name_of(Health::encoder_lags) == "encoder lags");
  CHECK(vc::name_of(Health::over_regularised) == "over-regularised");
}

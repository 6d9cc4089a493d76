// Verdicts on figures, each on both sides of the line.
#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/metrics/verdict.hpp>

namespace vc = vaecollapse;
using vc::Health;
using vc::TaskProgress;

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
vc::CollapseFigures without_use(double rate) {
  return {.nll = 12,
          .rate = rate,
          .accuracy = 0.1,
          .permuted = {.nll_rise = {0.01, 0.02}, .accuracy_fall = {0, 0.001}},
          .noise_cost = 0,
          .posterior_gap = 0.1,
          .kl_price = 0};
}

/// What is known of any model whose use of z is looked at.
vc::CollapseFigures model(double rate, double nll, double rise, double error = 0.05) {
  vc::CollapseFigures figures{.nll = nll, .rate = rate};
  figures.permuted.nll_rise = {rise, error};
  figures.kl_price = 1;
  figures.noise_cost = 0.1;
  figures.posterior_gap = 0.2;
  return figures;
}

Health health(const vc::CollapseFigures& figures) { return vc::judge(figures).health; }

bool contains(const std::vector<std::string>& lines, const std::string& line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
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
  CHECK(verdict.missing.empty());
}

TEST_CASE("verdict: a decoder that does without z has collapsed, whatever the rate") {
  CHECK(health(without_use(0.1)) == Health::collapsed);
  CHECK(health(without_use(60)) == Health::rate_unused);
  CHECK(vc::judge(without_use(0.1)).has_collapsed());
  CHECK(vc::judge(without_use(60)).has_collapsed());
  CHECK(vc::name_of(health(without_use(60))) == "rate committed but unused");
}

TEST_CASE("verdict: a few nats are much, however much of a row the decoder holds itself") {
  // Five epochs of the plain ELBO on Turkish: no row is right.
  CHECK(health(model(0.29, 14.3, 0.53)) == Health::collapsed);
  // A good model of sentences: 8 of 100 nats in z.
  CHECK(health(model(8, 92, 6)) == Health::healthy);
  CHECK(health(model(8, 92, 3)) == Health::healthy);
  CHECK(health(model(8, 92, 0.5)) == Health::rate_unused);
  // Long texts: 7 of 330 nats, where one or two nats are nothing.
  CHECK(health(model(7, 325, 7)) == Health::healthy);
  CHECK(health(model(7, 325, 2)) == Health::rate_unused);
  CHECK(health(model(8, 992, 7)) == Health::healthy);
  CHECK(health(model(8, 992, 3.9)) == Health::rate_unused);
  // Four words, of 1.4 nats each: there is no whole nat to be had.
  CHECK(health(model(1.3, 0.2, 0.9)) == Health::healthy);
  CHECK(health(model(0.25, 0.4, 0.3, 0.01)) == Health::healthy);
  CHECK(health(model(0.5, 0.9, 0.1, 0.01)) == Health::collapsed);
}

TEST_CASE("verdict: models that were trained at rates, words and sentences") {
  // The table of docs/explanation/verdict.md.
  struct Row {
    double rate, nll, rise;
    Health health;
  };
  const Row rows[] = {
      {0.13, 13.37, 0.20, Health::collapsed},  {0.18, 12.39, 0.31, Health::collapsed},
      {0.33, 12.29, 0.64, Health::collapsed},  {1.04, 11.13, 3.60, Health::healthy},
      {2.97, 9.61, 8.57, Health::healthy},     {7.94, 6.84, 18.73, Health::healthy},
      {58.54, 2.15, 44.57, Health::healthy},   {0.00, 66.21, -0.00, Health::collapsed},
      {0.10, 66.44, 0.04, Health::collapsed},  {0.96, 65.86, 1.41, Health::healthy},
      {2.90, 65.14, 3.68, Health::healthy},    {7.87, 63.24, 7.61, Health::healthy},
      {2.76, 1.06, 0.05, Health::rate_unused},  // with a way round z
      {7.45, 1.08, 0.23, Health::rate_unused},  // with a way round z
  };
  for (const Row& row : rows) {
    CAPTURE(row.rate);
    CAPTURE(row.nll);
    CHECK(health(model(row.rate, row.nll, row.rise)) == row.health);
  }
}

TEST_CASE("verdict: a rise must be large beside the rate, and more than chance") {
  vc::CollapseFigures figures = without_use(10);
  figures.permuted.nll_rise = {1.1, 0.2};
  CHECK(health(figures) == Health::healthy);
  figures.permuted.nll_rise = {1.1, 0.4};  // it may be chance
  CHECK(health(figures) == Health::unknown);
  figures.permuted.nll_rise = {0.9, 0.01};
  CHECK(health(figures) == Health::rate_unused);
  figures.permuted.nll_rise = {2, std::numeric_limits<double>::quiet_NaN()};
  CHECK(health(figures) == Health::healthy);  // a single row is believed
  figures.permuted.nll_rise = {2, 0.1};
  CHECK(health(figures) == Health::healthy);
  figures.rate = 60;  // of which a thirtieth
  CHECK(health(figures) == Health::rate_unused);
}

TEST_CASE("verdict: of rows too few to tell it is not known, not that z is unused") {
  vc::CollapseFigures figures = model(5, 10, 9, 5);  // two rows, 4 and 14 nats
  vc::Verdict verdict = vc::judge(figures);
  CHECK(verdict.health == Health::unknown);
  CHECK_FALSE(verdict.has_collapsed());
  CHECK(contains(verdict.missing, "enough rows to tell what the z of another word costs"));
  figures.permuted.nll_rise = {9, 2};
  CHECK_FALSE(
      contains(vc::judge(figures).missing, "enough rows to tell what the z of another word costs"));
  CHECK(health(figures) == Health::healthy);
  CHECK(health(model(5, 10, 0.5, 5)) == Health::rate_unused);  // less than enough in any case
  CHECK(health(model(0.1, 10, 9, 5)) == Health::collapsed);    // there is no rate to be used
}

TEST_CASE("verdict: what is no number is not known") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinite = std::numeric_limits<double>::infinity();
  for (const double bad : {nan, infinite, -infinite}) {
    CAPTURE(bad);
    vc::CollapseFigures figures = good();
    figures.permuted.nll_rise = {bad, nan};
    figures.posterior_gap = 0.5;
    CHECK(health(figures) == Health::healthy);  // by the accuracy
    CHECK(contains(vc::judge(figures).missing, "the NLL with the z of another word"));
    figures.permuted.accuracy_fall = {bad, bad};
    figures.permuted.distance_rise = {bad, bad};
    CHECK(health(figures) == Health::unknown);
    CHECK_FALSE(vc::judge(figures).has_collapsed());
    figures = good();
    figures.nll = bad;
    figures.rate = bad;
    CHECK(health(figures) == Health::healthy);
    CHECK(contains(vc::judge(figures).missing, "the rate"));
    figures.accuracy = bad;
    CHECK(vc::judge(figures).task == TaskProgress::unknown);
    // A model that has diverged: nothing is known of it.
    const vc::Verdict verdict = vc::judge({.nll = bad,
                                           .rate = bad,
                                           .accuracy = bad,
                                           .distance = bad,
                                           .permuted = {{bad, bad}, {bad, bad}, {bad, bad}},
                                           .noise_cost = bad,
                                           .posterior_gap = bad,
                                           .kl_price = bad,
                                           .baseline = {bad, bad, bad}});
    CHECK(verdict.health == Health::unknown);
    CHECK(verdict.task == TaskProgress::unknown);
    CHECK(verdict.evidence.empty());
    CHECK(verdict.missing == vc::judge({}).missing);
  }
}

TEST_CASE("verdict: with fewer figures it judges by what is there, and names what is not") {
  // 100 rows, none right: other z put guesses 5 % further off, and cost 3 nats.
  vc::CollapseFigures by_nll{.nll = 19, .rate = 12};
  by_nll.permuted.nll_rise = {3.0, 0.3};
  by_nll.kl_price = 1;
  vc::CollapseFigures by_guesses{.accuracy = 0, .distance = 6};
  by_guesses.permuted.accuracy_fall = {0, 0};
  by_guesses.permuted.distance_rise = {0.3, 0};
  CHECK(health(by_nll) == Health::healthy);
  CHECK(health(by_guesses) == Health::healthy);
  CHECK(contains(vc::judge(by_guesses).missing, "the NLL with the z of another word"));
  CHECK(contains(vc::judge(by_guesses).missing, "the rate"));
  CHECK_FALSE(contains(vc::judge(by_nll).missing, "the rate"));
  CHECK(contains(vc::judge(by_guesses).evidence,
                 "with the z of another word guesses lie +0.30 +- 0.00 symbols farther off"));

  by_guesses.permuted.distance_rise = {0.3, 0.2};  // it may be chance
  CHECK(health(by_guesses) == Health::collapsed);
  by_guesses.permuted.distance_rise = {0.1, 0.01};
  CHECK(health(by_guesses) == Health::collapsed);
  by_guesses.permuted.accuracy_fall = {0.05, 0.01};
  CHECK(health(by_guesses) == Health::healthy);
  by_guesses.rate = 12;
  by_guesses.permuted.accuracy_fall = {0.001, 0.01};
  CHECK(health(by_guesses) == Health::rate_unused);
  // The NLL sees more than the guesses, and decides where it is known.
  by_guesses.permuted.nll_rise = {5, 0.1};
  CHECK(health(by_guesses) == Health::healthy);
}

TEST_CASE("verdict: a rate alone says only that there is none") {
  CHECK(health({.rate = 0.1}) == Health::collapsed);
  const vc::Verdict verdict = vc::judge({.nll = 3, .rate = 40, .accuracy = 0.9});
  CHECK(verdict.health == Health::unknown);
  CHECK_FALSE(verdict.has_collapsed());
  CHECK(vc::name_of(verdict.health) == "not known");
  CHECK(verdict.advice == "measure what is not known");
  CHECK(health({}) == Health::unknown);
}

TEST_CASE("verdict: the encoder lags where better posteriors would help") {
  vc::CollapseFigures figures = without_use(0.1);
  figures.posterior_gap = 1.3;
  CHECK(health(figures) == Health::encoder_lags);
  CHECK(vc::judge(figures).has_collapsed());  // of this cause
  figures.posterior_gap = 1.1;                // less than a tenth of the NLL
  CHECK(health(figures) == Health::collapsed);
  figures = good();
  figures.posterior_gap = 31;
  const vc::Verdict verdict = vc::judge(figures);
  CHECK(verdict.health == Health::encoder_lags);
  CHECK_FALSE(verdict.has_collapsed());
  CHECK(verdict.evidence.back() == "better posteriors would save 31.00 nats at no higher rate");
}

TEST_CASE("verdict: over-regularised where a nat of KL would save several of NLL") {
  vc::CollapseFigures figures = good();
  figures.kl_price = 4;
  CHECK(health(figures) == Health::healthy);  // but its noise costs little
  figures.noise_cost = 3;
  CHECK(health(figures) == Health::over_regularised);
  figures.kl_price = 1.5;
  CHECK(health(figures) == Health::healthy);
}

TEST_CASE(
    "verdict: beside a healthy z stands whether the task is learnt, and advice follows both") {
  vc::CollapseFigures figures = good();
  CHECK(vc::judge(figures).task == TaskProgress::learnt);
  CHECK(vc::judge(figures).advice == "nothing needs to be changed");
  figures.accuracy = 0.08;
  figures.permuted.accuracy_fall = {0.08, 0.01};
  const vc::Verdict useless = vc::judge(figures);
  CHECK(useless.health == Health::healthy);
  CHECK(useless.task == TaskProgress::not_learnt);
  CHECK(
      useless.advice.starts_with("z is in use, but the task is not learnt: train for more epochs"));
  // Linear annealing on Turkish: 2.5 nats of 15, 1.1 % exact match.
  figures.nll = 12.5;
  figures.rate = 2.5;
  figures.accuracy = 0.011;
  figures.permuted.nll_rise = {7.8, 0.1};
  CHECK(vc::judge(figures).advice.starts_with("z is in use but holds little"));
  figures.baseline.gain = 0.02;
  const vc::Verdict early = vc::judge(figures);
  CHECK(early.task == TaskProgress::learning);
  CHECK(early.advice == "z is in use, and the task is not yet learnt: train for more epochs");
  CHECK(early.evidence.back() ==
        "accuracy still rose by 2.0 points an epoch at the end of training");
  // Where z is not used, that comes first.
  figures.permuted.nll_rise = {0.1, 0.1};
  figures.posterior_gap = 0.1;
  CHECK(vc::judge(figures).advice.starts_with("weaken the decoder"));
  figures.accuracy.reset();
  figures.permuted.nll_rise = {7.8, 0.1};
  CHECK(vc::judge(figures).task == TaskProgress::unknown);
  CHECK(vc::judge(figures).advice.find("measure whether the task is learnt") != std::string::npos);
}

TEST_CASE("verdict: each comes with advice and a name") {
  CHECK(vc::judge(without_use(0)).advice.starts_with("hold the rate up (free_bits"));
  CHECK(vc::judge(without_use(9)).advice.starts_with("weaken the decoder"));
  CHECK(vc::judge(good()).advice == "nothing needs to be changed");
  CHECK(vc::name_of(Health::healthy) == "healthy");
  CHECK(vc::name_of(Health::collapsed) == "collapsed");
  CHECK(vc::name_of(Health::encoder_lags) == "encoder lags");
  CHECK(vc::name_of(Health::over_regularised) == "over-regularised");
}

TEST_CASE("verdict: a row is called what the caller calls it, throughout") {
  vc::CollapseFigures figures = without_use(0.1);
  figures.permuted.distance_rise = {0.1, 0.2};
  const auto sentences = [&](std::string_view row) {
    figures.row = row;
    std::string text;
    for (const bool has_nll : {true, false}) {
      if (!has_nll) figures.permuted.nll_rise.reset();
      const vc::Verdict verdict = vc::judge(figures);
      for (const auto* lines : {&verdict.evidence, &verdict.missing}) {
        for (const std::string& line : *lines) text += line + "\n";
      }
    }
    figures.permuted.nll_rise = {0.01, 0.02};
    return text;
  };
  std::string words = sentences("word");
  std::size_t found = 0;
  for (std::size_t at = 0; (at = words.find("word", at)) != std::string::npos; ++found) {
    words.replace(at, 4, "topic");
  }
  CHECK(found == 7);
  CHECK(sentences("topic") == words);
  CHECK(vc::judge({.rate = 3, .row = "image"}).evidence.front() ==
        "the rate is 3.00 nats an image");
}

TEST_CASE("verdict: densities above 1 have a negative NLL, which is no cost of a row") {
  CHECK(health(model(0.01, -40, 0.01, 0.001)) == Health::collapsed);
  CHECK(health(model(5, -40, 0.3, 0.01)) == Health::rate_unused);
  CHECK(health(model(5, -40, 4, 0.1)) == Health::healthy);
}

namespace {

/// A model of places, of 150 nats, whose length costs 2.4.
vc::CollapseFigures model_of_places(vc::Estimate rise, vc::Estimate rise_in_length) {
  vc::CollapseFigures figures = model(150, 1.6, rise.value, rise.standard_error);
  figures.permuted_in_length.nll_rise = {rise_in_length.value, rise_in_length.standard_error};
  figures.length_rate = 2.4;
  figures.is_sequence = true;
  return figures;
}

}  // namespace

TEST_CASE("verdict: a model of places is judged by z of as many places") {
  CHECK(health(model_of_places({80, 1}, {70, 1})) == Health::healthy);
  CHECK(health(model_of_places({0.01, 0.02}, {0.01, 0.02})) == Health::rate_unused);
  const vc::Verdict length = vc::judge(model_of_places({12, 0.3}, {0.02, 0.03}));
  CHECK(length.health == Health::only_length_used);
  CHECK(vc::name_of(length.health) == "only the length is used");
  CHECK(length.has_collapsed());
  CHECK(length.uses_z == false);
  CHECK(contains(length.evidence,
                 "with the z of another word of as many places the NLL changes by +0.02 +- 0.03 "
                 "nats"));
  CHECK(contains(length.evidence,
                 "the rate is 150.00 nats a word, of which 2.40 are the number of places"));
  CHECK(length.advice.starts_with("hold the rate of z up (places(rate=11))"));
  // A rise that chance explains shows no use of the length.
  CHECK(health(model_of_places({12, 5}, {0.02, 0.03})) == Health::rate_unused);
  CHECK(health(model_of_places({0.9, 0.01}, {0.02, 0.03})) == Health::rate_unused);
  // Few rows have a partner: it is not known.
  CHECK(health(model_of_places({80, 1}, {70, 40})) == Health::unknown);
}

TEST_CASE("verdict: the number of places is no rate of z") {
  vc::CollapseFigures figures = model_of_places({0.01, 0.02}, {0.01, 0.02});
  figures.rate = 2.5;
  CHECK(health(figures) == Health::collapsed);  // a tenth of a nat is in z
  CHECK(vc::judge(figures).advice.starts_with("hold the rate up (places(rate=11)"));
  figures.permuted.nll_rise = {3, 0.1};
  CHECK(health(figures) == Health::only_length_used);
  figures.rate = 12;
  figures.permuted_in_length.nll_rise = {2.9, 0.1};
  CHECK(health(figures) == Health::healthy);
}

TEST_CASE("verdict: where no two rows have as many places, whole sequences decide") {
  vc::CollapseFigures figures = model_of_places({80, 1}, {0, 0});
  figures.permuted_in_length = {};
  const vc::Verdict verdict = vc::judge(figures);
  CHECK(verdict.health == Health::healthy);
  CHECK(contains(verdict.missing, "the NLL with the z of another word of as many places"));
  figures.permuted.nll_rise = {0.01, 0.02};
  CHECK(health(figures) == Health::rate_unused);
}

namespace {

/// A model of sentences, none of which it gets right, as `diagnose` finds it.
vc::CollapseFigures of_sentences(double rate, double nll, double rise, double price = 1) {
  vc::CollapseFigures figures = model(rate, nll, rise);
  figures.accuracy = 0;
  figures.permuted.accuracy_fall = {0, 0};
  figures.kl_price = price;
  figures.noise_cost = 2.5;
  figures.posterior_gap = 1.5;
  figures.baseline = {.accuracy = 1, .nll = 145, .gain = 0.0};
  figures.row = "sentence";
  figures.kind = vc::RowKind::sentence;
  return figures;
}

}  // namespace

TEST_CASE("verdict: sentences with 8 of 100 nats in z are healthy, and the plain ELBO collapsed") {
  const vc::Verdict healthy = vc::judge(of_sentences(8, 92, 6));
  CHECK(healthy.health == Health::healthy);
  CHECK(healthy.task == TaskProgress::learnt);
  CHECK(healthy.advice == "nothing needs to be changed");
  REQUIRE(healthy.evidence.size() == 3);
  CHECK(healthy.evidence[0] ==
        "with the z of another sentence the NLL changes by +6.00 +- 0.05 nats");
  CHECK(healthy.evidence[1] == "the rate is 8.00 nats a sentence");
  CHECK(healthy.evidence[2] == "a sentence costs 100.00 nats; its tokens without context 145.00");
  CHECK(healthy.missing.empty());

  const vc::Verdict collapsed = vc::judge(of_sentences(0.02, 101, 0.01, 0));
  CHECK(collapsed.health == Health::collapsed);
  CHECK(collapsed.has_collapsed());
  CHECK(collapsed.task == TaskProgress::learnt);
  CHECK(collapsed.advice.starts_with("hold the rate up (free_bits(groups=1,rate=8)"));

  // A rate that is held up, and that no sentence needs.
  CHECK(health(of_sentences(8, 101, 0.3, 0)) == Health::rate_unused);
  // Little, yet enough, unless better posteriors would save more.
  vc::CollapseFigures little = of_sentences(1.4, 100, 1.3);
  CHECK(health(little) == Health::encoder_lags);
  little.posterior_gap = 0.5;
  CHECK(health(little) == Health::healthy);
}

TEST_CASE("verdict: that no sentence comes out right says nothing of its z, nor of the task") {
  vc::CollapseFigures figures = of_sentences(8, 92, 6);
  figures.permuted.nll_rise.reset();
  const vc::Verdict verdict = vc::judge(figures);
  CHECK(verdict.health == Health::unknown);
  CHECK_FALSE(verdict.uses_z.has_value());
  figures.kind = vc::RowKind::answer;
  CHECK(vc::judge(figures).uses_z == false);
  CHECK(vc::judge(figures).task == TaskProgress::not_learnt);
}

TEST_CASE("verdict: a model of sentences that is hardly better than none has not learnt its task") {
  const vc::Verdict partly = vc::judge(of_sentences(8, 132, 6));
  CHECK(partly.task == TaskProgress::partly_learnt);
  CHECK(partly.advice.find("train for more epochs, with more sentences") != std::string::npos);
  CHECK(partly.advice.find("rate=60") == std::string::npos);
  CHECK(vc::judge(of_sentences(8, 140, 6)).task == TaskProgress::not_learnt);
  vc::CollapseFigures figures = of_sentences(8, 92, 6);
  figures.baseline.nll.reset();
  CHECK(vc::judge(figures).task == TaskProgress::unknown);
  CHECK(contains(vc::judge(figures).missing, "what a sentence costs without context"));
}

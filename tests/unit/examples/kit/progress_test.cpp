// What is drawn on a terminal, and what training and a comparison show elsewhere.
#include "kit/progress.hpp"

#include <cstdio>
#include <string>

#include <doctest/doctest.h>

#include <vaecollapse/core/text.hpp>
#include <vaecollapse/train/report.hpp>

#include "kit/compare/progress.hpp"
#include "kit/terminal.hpp"
#include "unit/examples/written.hpp"

using vaecollapse::test::written;

TEST_CASE("durations") {
  CHECK(kit::show_duration(0) == "0:00");
  CHECK(kit::show_duration(0.2) == "0:01");
  CHECK(kit::show_duration(61) == "1:01");
  CHECK(kit::show_duration(3600 + 2 * 60 + 3) == "1:02:03");
  CHECK(kit::show_duration(-1) == "0:00");
}

TEST_CASE("the bar fills its width") {
  CHECK(kit::bar(0, 7) == "[>    ]");
  CHECK(kit::bar(0.4, 7) == "[==>  ]");
  CHECK(kit::bar(1, 7) == "[=====]");
  CHECK(kit::bar(2, 7) == "[=====]");
  CHECK(kit::bar(0.5, 2) == "");
}

TEST_CASE("one run of a comparison is told in the singular") {
  const auto runs_line = [](std::size_t runs) {
    return written([&](std::FILE* file) { const kit::ComparisonProgress progress(file, runs, 1); });
  };
  CHECK(runs_line(1) == "1 run, 1 of them done before\n");
  CHECK(runs_line(2) == "2 runs, 1 of them done before\n");
}

TEST_CASE("the line of an epoch has the score that the program shows") {
  const std::string shown = written([](std::FILE* file) {
    kit::TrainingProgress progress(file, 12, [](const vaecollapse::EpochReport& epoch) {
      return kit::ShownScore{vaecollapse::formatted("perplexity %.1f", epoch.dev_nll), ""};
    });
    vaecollapse::EpochReport epoch;
    epoch.epoch = 3;
    epoch.dev_nll = 80;
    progress.on_epoch(epoch);
    progress.on_note("a note");
  });
  CHECK(shown.starts_with("epoch   3/12 "));
  CHECK(shown.find("  dev NLL  80.000 rate    0.00 perplexity 80.0      ") != std::string::npos);
  CHECK(shown.ends_with("\na note\n"));
}

namespace {

kit::ShownScore show_accuracy(const vaecollapse::EpochReport& epoch) {
  return {vaecollapse::formatted("accuracy %6.2f %%", 100 * epoch.dev_accuracy), ""};
}

}  // namespace

TEST_CASE("one of a kind is told in the singular") {
  const auto sizes_line = [](const vaecollapse::RunSizes& sizes) {
    return written(
        [&](std::FILE* file) { kit::TrainingProgress(file, 1, show_accuracy).on_begin(sizes); });
  };
  CHECK(sizes_line({.train_rows = 1, .dev_rows = 1, .symbols = 1, .tags = 1, .weights = 1}) ==
        "1 training row, 1 dev row, 1 symbol, 1 tag, 1 weight\n");
  CHECK(sizes_line({.train_rows = 2, .dev_rows = 3, .symbols = 4, .tags = 0, .weights = 11}) ==
        "2 training rows, 3 dev rows, 4 symbols, 11 weights\n");
  CHECK(sizes_line({.train_rows = 2, .dev_rows = 3, .symbols = 4, .tags = 5, .weights = 11}) ==
        "2 training rows, 3 dev rows, 4 symbols, 5 tags, 11 weights\n");
}

TEST_CASE("a program may count its speed in parts of examples") {
  const std::string shown = written([](std::FILE* file) {
    kit::TrainingProgress progress(file, 2, show_accuracy, {.unit = "tokens", .of_example = 2.5});
    vaecollapse::EpochReport epoch;
    epoch.epoch = 1;
    epoch.examples_per_second = 640;
    progress.on_epoch(epoch);
  });
  CHECK(shown.starts_with("epoch   1/2    1600 tokens/s  train NLL "));
}

TEST_CASE("where there is no terminal an epoch is a line, and a step is nothing") {
  const std::string shown = written([](std::FILE* file) {
    kit::TrainingProgress progress(file, 2, show_accuracy);
    vaecollapse::StepReport step;
    step.step = 1;
    step.steps = 2;
    step.examples = 64;
    step.seconds = 0.1;
    progress.on_step(step);
    vaecollapse::EpochReport epoch;
    epoch.epoch = 1;
    epoch.dev_accuracy = 0.915;
    epoch.examples_per_second = 640;
    epoch.best = true;
    progress.on_epoch(epoch);
  });
  CHECK(shown.starts_with("epoch   1/2     640 examples/s  train NLL "));
  CHECK(shown.find(" 91.50 % best ") != std::string::npos);
  CHECK(shown.ends_with("\n"));
  CHECK(shown.find('\r') == std::string::npos);
}

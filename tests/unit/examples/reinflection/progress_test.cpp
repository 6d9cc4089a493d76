#include "progress.hpp"

#include <cstdio>
#include <string>

#include <doctest/doctest.h>

#include "unit/examples/written.hpp"

using namespace reinflection;
using vaecollapse::test::written;

TEST_CASE("one of a kind is told in the singular") {
  const auto sizes_line = [](const RunSizes& sizes) {
    return written([&](std::FILE* file) { Progress(file, 1).on_begin(sizes); });
  };
  CHECK(sizes_line({.train_rows = 1, .dev_rows = 1, .symbols = 1, .tags = 1, .weights = 1}) ==
        "1 training row, 1 dev row, 1 symbol, 1 tag, 1 weight\n");
  CHECK(sizes_line({.train_rows = 2, .dev_rows = 3, .symbols = 4, .tags = 0, .weights = 11}) ==
        "2 training rows, 3 dev rows, 4 symbols, 0 tags, 11 weights\n");
}

TEST_CASE("where there is no terminal an epoch is a line, and a step is nothing") {
  const std::string shown = written([](std::FILE* file) {
    Progress progress(file, 2);
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

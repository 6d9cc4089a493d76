#include "progress.hpp"

#include <cstdio>
#include <string>

#include <doctest/doctest.h>

#include "compare/progress.hpp"

using namespace reinflection;

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

namespace {

/// What `write` has written to a stream.
template <class Write>
std::string written(Write&& write) {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  write(file);
  std::rewind(file);
  char text[512] = {};
  const std::size_t size = std::fread(text, 1, sizeof text, file);
  std::fclose(file);
  return {text, size};
}

}  // namespace

TEST_CASE("one of a kind is told in the singular") {
  const auto sizes_line = [](const RunSizes& sizes) {
    return written([&](std::FILE* file) { Progress(file, 1).on_begin(sizes); });
  };
  CHECK(sizes_line({.train_rows = 1, .dev_rows = 1, .symbols = 1, .tags = 1, .weights = 1}) ==
        "1 training row, 1 dev row, 1 symbol, 1 tag, 1 weight\n");
  CHECK(sizes_line({.train_rows = 2, .dev_rows = 3, .symbols = 4, .tags = 0, .weights = 11}) ==
        "2 training rows, 3 dev rows, 4 symbols, 0 tags, 11 weights\n");
  const auto runs_line = [](std::size_t runs) {
    return written([&](std::FILE* file) { const ComparisonProgress progress(file, runs, 1); });
  };
  CHECK(runs_line(1) == "1 run, 1 of them done before\n");
  CHECK(runs_line(2) == "2 runs, 1 of them done before\n");
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

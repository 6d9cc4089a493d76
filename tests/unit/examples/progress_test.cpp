#include "progress.hpp"

#include <cstdio>
#include <string>

#include <doctest/doctest.h>

using namespace reinflection;

TEST_CASE("durations") {
  CHECK(show_duration(0) == "0:00");
  CHECK(show_duration(0.2) == "0:01");
  CHECK(show_duration(61) == "1:01");
  CHECK(show_duration(3600 + 2 * 60 + 3) == "1:02:03");
  CHECK(show_duration(-1) == "0:00");
}

TEST_CASE("the bar fills its width") {
  CHECK(bar(0, 7) == "[>    ]");
  CHECK(bar(0.4, 7) == "[==>  ]");
  CHECK(bar(1, 7) == "[=====]");
  CHECK(bar(2, 7) == "[=====]");
  CHECK(bar(0.5, 2) == "");
}

TEST_CASE("where there is no terminal an epoch is a line, and a step is nothing") {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  {
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
  }
  std::rewind(file);
  char text[512] = {};
  const std::size_t size = std::fread(text, 1, sizeof text, file);
  std::fclose(file);
  const std::string shown(text, size);
  CHECK(shown.starts_with("epoch   1/2     640 examples/s  train NLL "));
  CHECK(shown.find(" 91.50 % best ") != std::string::npos);
  CHECK(shown.ends_with("\n"));
  CHECK(shown.find('\r') == std::string::npos);
}

#include <optional>

#include <doctest/doctest.h>

#include <vaecollapse/metrics/task_progress.hpp>

namespace vc = vaecollapse;
using vc::TaskProgress;

TEST_CASE("task: by accuracy where it is known, beside what needs no model") {
  const auto progress = [](double accuracy, const vc::TaskBaseline& baseline = {}) {
    return vc::task_progress(accuracy, std::nullopt, baseline);
  };
  CHECK(progress(0.95) == TaskProgress::learnt);
  CHECK(progress(0.5) == TaskProgress::learnt);
  CHECK(progress(0.4) == TaskProgress::partly_learnt);
  CHECK(progress(0.08) == TaskProgress::not_learnt);
  CHECK(progress(0) == TaskProgress::not_learnt);
  // Where the source is the answer in most rows, copying it is no achievement.
  CHECK(progress(0.6, {.accuracy = 0.62}) == TaskProgress::not_learnt);
  CHECK(progress(0.6, {.accuracy = 0.4}) == TaskProgress::learnt);
  CHECK(progress(0.985, {.accuracy = 0.99}) == TaskProgress::not_learnt);
  // Words as their own answers: to copy them is the task.
  CHECK(progress(1, {.accuracy = 1}) == TaskProgress::learnt);
  CHECK(progress(0.97, {.accuracy = 1}) == TaskProgress::learnt);
  CHECK(progress(0.3, {.accuracy = 1}) == TaskProgress::partly_learnt);
  CHECK(progress(0.02, {.accuracy = 1}) == TaskProgress::not_learnt);
}

TEST_CASE("task: by what a row costs where there is no accuracy") {
  const auto progress = [](double cost) {
    return vc::task_progress(std::nullopt, cost, {.nll = 100});
  };
  CHECK(progress(80) == TaskProgress::learnt);
  CHECK(progress(95) == TaskProgress::partly_learnt);
  CHECK(progress(100) == TaskProgress::not_learnt);
  CHECK(vc::task_progress(std::nullopt, 80, {}) == TaskProgress::unknown);
  CHECK(vc::task_progress(std::nullopt, std::nullopt, {.nll = 100}) == TaskProgress::unknown);
}

TEST_CASE("task: a model that was still improving is not done, one that has learnt is") {
  CHECK(vc::task_progress(0.08, {}, {.gain = 0.02}) == TaskProgress::learning);
  CHECK(vc::task_progress(0.4, {}, {.gain = 0.02}) == TaskProgress::learning);
  CHECK(vc::task_progress(0.4, {}, {.gain = 0.001}) == TaskProgress::partly_learnt);
  CHECK(vc::task_progress(0.4, {}, {.gain = -0.1}) == TaskProgress::partly_learnt);
  CHECK(vc::task_progress(0.9, {}, {.gain = 0.02}) == TaskProgress::learnt);
}

TEST_CASE("task: names") {
  CHECK(vc::name_of(TaskProgress::unknown) == "not known");
  CHECK(vc::name_of(TaskProgress::not_learnt) == "not learnt");
  CHECK(vc::name_of(TaskProgress::learning) == "still learning");
  CHECK(vc::name_of(TaskProgress::partly_learnt) == "partly learnt");
  CHECK(vc::name_of(TaskProgress::learnt) == "learnt");
}

// What the tests of objectives share: a batch of terms that owns its numbers, seeds beside
// central differences of the loss, and a visitor that writes state down.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/objective/terms.hpp>

namespace objective_test {

using vaecollapse::Index;
using vaecollapse::Report;
using vaecollapse::Seeds;
using vaecollapse::Terms;
using vaecollapse::View;

/// Terms that own their numbers, and room for their seeds, filled with rubbish to begin with.
struct Batch {
  Index groups;
  std::vector<double> kl;  // column-major, one column an example
  std::vector<double> nll;
  std::vector<double> dkl = std::vector<double>(kl.size(), 77.0);
  std::vector<double> dnll = std::vector<double>(nll.size(), 77.0);

  Index size() const { return static_cast<Index>(nll.size()); }
  Terms terms() const { return {View<const double>(kl.data(), groups, size()), nll}; }
  Seeds seeds() { return {View<double>(dkl.data(), groups, size()), dnll}; }

  template <class Policy>
  Report evaluate(const Policy& policy) {
    Seeds out = seeds();
    return policy.evaluate(terms(), out);
  }
};

/// Six dimensions, five examples, no two KLs alike; the rate is about 4.4 nats.
inline Batch batch_of_five() {
  Batch batch{6, std::vector<double>(30), {9.5, 3.25, 7.0, 12.5, 1.75}};
  for (std::size_t i = 0; i < batch.kl.size(); ++i) {
    batch.kl[i] =
        0.05 + 0.043 * static_cast<double>((i * 37) % 31) + 0.02 * static_cast<double>(i % 6);
  }
  return batch;
}

/// Every seed equals the central difference of the loss. Terms enter every loss of the library
/// piecewise linearly, so the difference is exact up to rounding (2e-10 for losses near 10).
template <class Policy>
void check_seeds(const Policy& policy, Batch batch) {
  const double step = 1e-5;
  batch.evaluate(policy);
  const std::vector<double> dkl = batch.dkl, dnll = batch.dnll;
  const auto difference = [&](double& term) {
    const double saved = term;
    term = saved + step;
    const double above = batch.evaluate(policy).loss;
    term = saved - step;
    const double below = batch.evaluate(policy).loss;
    term = saved;
    return (above - below) / (2 * step);
  };
  for (std::size_t i = 0; i < dkl.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(dkl[i] - difference(batch.kl[i])) < 1e-9);
  }
  for (std::size_t i = 0; i < dnll.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(dnll[i] - difference(batch.nll[i])) < 1e-9);
  }
}

/// The names and values that `visit` shows, in order.
class Notes final : public vaecollapse::Visitor {
 public:
  void operator()(std::string_view name, std::uint64_t& value) override {
    text += std::string(name) + "=" + std::to_string(value) + ";";
  }
  void operator()(std::string_view name, double& value) override {
    text += std::string(name) + "=" + std::to_string(value) + ";";
  }
  void operator()(std::string_view, std::span<float>) override {}
  void operator()(std::string_view, std::span<double>) override {}

  std::string text;
};

template <class Policy>
std::string state_of(Policy& policy) {
  Notes notes;
  policy.visit(notes);
  return notes.text;
}

/// The smallest rate policy: it evaluates, can be copied, and offers nothing else.
struct SmallestPolicy {
  explicit SmallestPolicy(int) {}
  SmallestPolicy(const SmallestPolicy&) = default;
  SmallestPolicy& operator=(const SmallestPolicy&) = delete;
  Report evaluate(const Terms& terms, Seeds& seeds) const {
    return vaecollapse::report_reconstruction("SmallestPolicy", terms, seeds);
  }
};

/// A controller that halves its weight whenever the raw rate is below one nat.
struct HalvingController {
  static constexpr int controllers = 1;
  double learnt = 1;

  double weight() const { return learnt; }
  Report evaluate(const Terms& terms, Seeds& seeds) const {
    Report report = vaecollapse::report_reconstruction("HalvingController", terms, seeds);
    vaecollapse::fill(seeds.kl, 1 / static_cast<double>(terms.batch()));
    report.penalty = report.rate;
    vaecollapse::scale_penalty(learnt, seeds, report);
    return report;
  }
  void after_step(const Report& report) {
    if (report.rate < 1) learnt /= 2;
  }
  void visit(vaecollapse::Visitor& visitor) { visitor("weight", learnt); }
};

}  // namespace objective_test

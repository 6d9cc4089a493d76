// What the comparisons with stored values share.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/tape.hpp>

namespace reference_test {

namespace vc = vaecollapse;
using vc::Index;

/// Relative to the greater of one and the stored value.
template <class Scalar>
inline constexpr double tolerance = sizeof(Scalar) == 8 ? 1e-10 : 1e-5;

template <class Scalar>
void check_near(std::span<const Scalar> found, std::span<const double> stored) {
  REQUIRE(found.size() == stored.size());
  double worst = 0;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const double error = std::abs(static_cast<double>(found[i]) - stored[i]);
    const double relative = error / std::max(1.0, std::abs(stored[i]));
    if (!(relative <= worst)) worst = std::isnan(relative) ? HUGE_VAL : relative;
  }
  CHECK(worst < tolerance<Scalar>);
}

template <class Scalar, int Rank>
void check_value(const vc::Var<Scalar, Rank>& found, std::span<const double> stored) {
  check_near<Scalar>({found.data(), static_cast<std::size_t>(found.size())}, stored);
}
template <class Scalar, int Rank>
void check_gradient(const vc::Var<Scalar, Rank>& found, std::span<const double> stored) {
  check_near<Scalar>({found.gradient_data(), static_cast<std::size_t>(found.size())}, stored);
}

template <class Scalar>
void copy(std::span<const double> from, Scalar* to) {
  for (const double number : from) *to++ = static_cast<Scalar>(number);
}

/// The parameters of a layout, with values and expected gradients given by name.
template <class Scalar>
class StoredParameters {
 public:
  explicit StoredParameters(const vc::Layout& layout) : parameters_(layout) {}

  void set(const char* name, std::span<const double> values, std::span<const double> gradients) {
    const auto* entry = parameters_.layout().find(name);
    CAPTURE(name);
    REQUIRE(entry != nullptr);
    REQUIRE(static_cast<std::size_t>(entry->shape.size()) == values.size());
    copy(values, parameters_.values(*entry).data());
    expected_.push_back({entry, gradients});
  }
  vc::Parameters<Scalar>& parameters() { return parameters_; }
  /// Every parameter of the layout was set, and has the gradient that was given with it.
  void check_gradients() const {
    REQUIRE(expected_.size() == parameters_.layout().entries().size());
    for (const Expected& expected : expected_) {
      const vc::Layout::Entry& entry = *expected.entry;
      INFO(entry.name);
      check_near<Scalar>(
          parameters_.gradients().subspan(static_cast<std::size_t>(entry.offset),
                                          static_cast<std::size_t>(entry.shape.size())),
          expected.gradients);
    }
  }

 private:
  struct Expected {
    const vc::Layout::Entry* entry;
    std::span<const double> gradients;
  };
  vc::Parameters<Scalar> parameters_;
  std::vector<Expected> expected_;
};

}  // namespace reference_test

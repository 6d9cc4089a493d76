// What a recurrent decoder's layers read: a few contributions.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include <vaecollapse/autodiff/ops/contributions.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::detail {

/// One to three contributions in their order, without memory of their own.
template <class Scalar>
class ContributionList {
 public:
  explicit ContributionList(const Contribution<Scalar>& first) : parts_{first, first, first} {}
  void add(const Contribution<Scalar>& contribution) { parts_[count_++] = contribution; }
  void add(const ContributionList& others) {
    for (std::size_t i = 0; i < others.count_; ++i) add(others.parts_[i]);
  }
  operator std::span<const Contribution<Scalar>>() const { return {parts_.data(), count_}; }

 private:
  std::array<Contribution<Scalar>, 3> parts_;
  std::size_t count_ = 1;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::detail

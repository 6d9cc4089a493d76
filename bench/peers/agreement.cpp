// The check before the clock starts.
#include "peers/agreement.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>

namespace vaecollapse::bench {
namespace {

std::string to_text(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", number);
  return text;
}

}  // namespace

void require_agreement(const std::string& task, const std::string& peer,
                       const std::vector<Agreed>& ours, const std::vector<Agreed>& theirs) {
  const auto fail = [&](const std::string& tensor, const std::string& how) {
    throw Disagreement(task + ": ours and " + peer + " disagree in " + tensor + ": " + how);
  };
  if (ours.size() != theirs.size()) fail("the number of tensors", std::to_string(theirs.size()));
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const Agreed &a = ours[i], &b = theirs[i];
    if (a.name != b.name) fail(a.name, "the other's is called " + b.name);
    if (a.values.size() != b.values.size()) {
      fail(a.name, std::to_string(a.values.size()) + " and " + std::to_string(b.values.size()) +
                       " numbers");
    }
    double largest = 0, difference = 0;
    for (std::size_t k = 0; k < a.values.size(); ++k) {
      const double here = a.values[k], there = b.values[k];
      if (!std::isfinite(here) || !std::isfinite(there)) {
        fail(a.name,
             "entry " + std::to_string(k) + " is " + to_text(here) + " and " + to_text(there));
      }
      largest = std::max(largest, std::abs(here));
      difference = std::max(difference, std::abs(here - there));
    }
    if (difference > a.tolerance * largest) {
      fail(a.name, "by " + to_text(difference) + ", where the largest entry is " +
                       to_text(largest) + " and " + to_text(a.tolerance * largest) + " is allowed");
    }
  }
}

}  // namespace vaecollapse::bench

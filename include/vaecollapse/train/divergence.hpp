// The error of a training that cannot go on, which names the place of the first bad numbers.
#pragma once

#include <span>
#include <string>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/corpus.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// A loss, a gradient or a weight is not finite. The state of the trainer is lost: it has to be
/// loaded from a checkpoint.
class DivergenceError : public Error {
  using Error::Error;
};

namespace detail {

/// `; of the gradients, nan in encoder.embed.weight [8 x 30]`: the first parameter with a number
/// that is not finite. Empty if all are. \cost one pass over the numbers
template <class Scalar>
std::string first_non_finite(const char* what, const Layout& layout,
                             std::span<const Scalar> numbers) {
  for (const Layout::Entry& entry : layout.entries()) {
    for (const Scalar number : numbers.subspan(static_cast<std::size_t>(entry.offset),
                                               static_cast<std::size_t>(entry.shape.size()))) {
      if (is_finite(number)) continue;
      return "; of the " + std::string(what) + ", " + std::to_string(number) + " in " + entry.name +
             " " + to_string(entry.shape);
    }
  }
  return {};
}

/// `3, 17, 4`.
inline std::string listed(std::span<const Row> rows) {
  std::string text;
  for (const Row row : rows) text += (text.empty() ? "" : ", ") + std::to_string(row);
  return text;
}

}  // namespace detail

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

// A listing of a tape and a search in it, for debugging a model.
#pragma once

#include <string>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// One line a node, oldest first: `3  gru  [64 x 120]`.
template <class Scalar>
std::string to_string(const Tape<Scalar>& tape) {
  std::string text;
  for (std::size_t i = 0; i < tape.size(); ++i) {
    const auto node = tape[i];
    text += detail::message_of({i, "  ", node.name, "  ", to_string(node.shape), "\n"});
  }
  return text;
}

/// The first value of a tape that is not finite: `nan at [0, 17] of node 3, gru [64 x 120]`. Empty
/// if all are finite. \cost one pass over all values of the tape
template <class Scalar>
std::string first_non_finite(const Tape<Scalar>& tape) {
  for (std::size_t i = 0; i < tape.size(); ++i) {
    const auto node = tape[i];
    for (Index place = 0; place < node.shape.size(); ++place) {
      if (is_finite(node.value[place])) continue;
      std::string indices;
      Index rest = place;
      for (int axis = 0; axis < node.shape.rank; ++axis) {
        const Index extent = at(node.shape.extents, axis);
        indices.append(axis == 0 ? "" : ", ").append(std::to_string(rest % extent));
        rest /= extent;
      }
      return detail::message_of({node.value[place], " at [", indices, "] of node ", i, ", ",
                                 node.name, " ", to_string(node.shape)});
    }
  }
  return {};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

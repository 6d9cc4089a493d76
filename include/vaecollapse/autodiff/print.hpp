// A listing of a tape, for those who debug a model.
#pragma once

#include <string>

#include <vaecollapse/autodiff/tape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// One line a node, oldest first: `3  gru  [64 x 120]`.
template <class Scalar>
std::string to_string(const Tape<Scalar>& tape) {
  std::string text;
  for (std::size_t i = 0; i < tape.size(); ++i) {
    const auto node = tape[i];
    text += std::to_string(i) + "  " + std::string(node.name) + "  " + to_string(node.shape) + "\n";
  }
  return text;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

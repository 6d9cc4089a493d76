// The cases that the tests of recurrent kernels run through.
#pragma once

#include <cstddef>
#include <vector>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/sequence_order.hpp>

#include "support.hpp"

namespace kernel_test {

namespace vc = vaecollapse;
namespace kernels = vaecollapse::kernels;
using vc::Direction;
using Lengths = std::vector<Index>;

inline std::size_t size(Index n) { return static_cast<std::size_t>(n); }

/// The weights of so many units are more than the second level of cache holds.
inline constexpr Index far = 300;

struct Case {
  Index hidden;
  Lengths lengths;
  Direction direction;
  bool with_start;
};

/// Hidden sizes about the widths of vectors; one row, ragged rows, empty rows, more rows than
/// tiles.
inline std::vector<Case> ragged_cases() {
  std::vector<Case> result;
  for (const Index hidden : {1, 2, 5, 8, 15, 16, 17, 33}) {
    for (const Lengths& lengths :
         {Lengths{1}, Lengths{4}, Lengths{2, 5, 1}, Lengths{3, 0, 6, 3, 0},
          Lengths{1, 2, 3, 4, 5, 6, 7, 7, 7, 6, 5, 4, 3, 2, 1, 0, 7, 7, 7}, Lengths{0, 0}}) {
      for (const Direction direction : {Direction::forward, Direction::backward}) {
        result.push_back({hidden, lengths, direction, (hidden + Index(lengths.size())) % 2 == 0});
      }
    }
  }
  return result;
}

/// Whether threads share the steps of a cell with so many gates.
template <class Scalar = float>
bool shares_steps(Index rows, Index hidden, int threads, int gates = 3) {
  const vc::Team team(threads);
  return kernels::threads_share_steps<Scalar>(rows, hidden, team, gates);
}

}  // namespace kernel_test

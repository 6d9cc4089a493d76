// What an op of matrices is given where a sequence was meant. Each such op has a candidate that a
// compiler names, and which says what to write instead.
#pragma once

#include <vaecollapse/autodiff/var.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {
template <class T>
inline constexpr bool is_sequence = false;
template <class Scalar>
inline constexpr bool is_sequence<Sequence<Scalar>> = true;
}  // namespace detail

/// Some operand is a sequence.
template <class... Given>
concept GivenSequence = (detail::is_sequence<Given> || ...);

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

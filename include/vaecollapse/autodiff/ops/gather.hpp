// Choosing columns by a list of their numbers, on the tape.
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/given_sequence.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/kernels/embedding.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// The place of the first id that is neither `no_symbol` nor below `bound`, or how many there are.
template <class Id>
std::size_t first_outside(std::span<const Id> ids, Index bound) {
  std::size_t i = 0;
  while (i < ids.size() && ids[i] >= Id{no_symbol} && Index{ids[i]} < bound) ++i;
  return i;
}

/// The ids as symbols, in memory that lives as long as the innermost scope.
template <class C, class Id>
std::span<const Symbol> kept_ids(C& cx, std::span<const Id> ids) {
  if constexpr (std::same_as<Id, Symbol>) {
    return cx.keep(ids);
  } else {
    const auto kept = cx.arena().template span<Symbol>(Index(ids.size()));
    for (std::size_t i = 0; i < ids.size(); ++i) kept[i] = static_cast<Symbol>(ids[i]);
    return kept;
  }
}

[[noreturn]] __attribute__((noinline, cold)) inline void refuse_index(std::size_t place,
                                                                      Index index,
                                                                      const AnyShape& x) {
  raise_error({"gather: index ", place, " is ", index, ", and the input is ", to_string(x),
               ": an index must be at least 0 and below ", x.extents[1],
               ", its columns, or -1 for a column of zeros"});
}

template <class C, class Scalar, class Id>
Var<Scalar, 2> gather_columns(C& cx, const Var<Scalar, 2>& x, std::span<const Id> indices) {
  const std::size_t outside = first_outside(indices, x.columns());
  if (outside < indices.size()) refuse_index(outside, indices[outside], x.shape());
  const std::span<const Symbol> ids = kept_ids(cx, indices);
  const auto y = cx.template make<2>(Shape<2>{{x.rows(), Index(ids.size())}}, any_gradient(x));
  kernels::split_features<Scalar>(cx.team(), x.rows(), [&](Index first, Index count) {
    kernels::embedding_forward(x.view().middle_rows(first, count), ids,
                               y.value_view().middle_rows(first, count), kernels::Output::replace);
  });
  cx.template record<"gather">(y, [=](BackwardContext& back) {
    kernels::split_features<Scalar>(back.team, x.rows(), [&](Index first, Index count) {
      kernels::embedding_backward<Scalar>(ids, y.gradient_view().middle_rows(first, count),
                                          x.gradient_view().middle_rows(first, count));
    });
  });
  return y;
}

}  // namespace detail

/// The columns of x with these numbers, in the order of the list, in which a number may stand more
/// than once; -1 (`no_symbol`) gives a column of zeros. The list is copied.
/// \shape x [I x V], N indices -> [I x N]
/// \throws Error for an index that is not a column of x
/// \cost a copy; backward adds up in the order of the list, on any number of threads
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> gather(C& cx, const Var<Scalar, 2>& x,
                      std::type_identity_t<std::span<const Index>> indices) {
  return detail::gather_columns(cx, x, indices);
}

/// \copydoc gather
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> gather(C& cx, const Var<Scalar, 2>& x,
                      std::type_identity_t<std::span<const Symbol>> indices) {
  return detail::gather_columns(cx, x, indices);
}

/// \cond
template <class Cx, class... Given>
requires GivenSequence<Given...>
void gather(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
/// \endcond

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

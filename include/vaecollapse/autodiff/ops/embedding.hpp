// Embedding tables on the tape: gathered columns, and sums over tag sets.
#pragma once

#include <span>
#include <string_view>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/kernels/embedding.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Symbols beside the table that embeds them, not gathered yet: a layer projects the table's
/// columns and gathers the projections, which costs V columns instead of N; of a large table it
/// projects the columns alone that the symbols take, each once. See `gathers_columns`.
template <class Scalar>
struct Embedded {
  Var<Scalar, 2> table;
  Symbols symbols;
};

namespace detail {

inline void require_symbols(std::string_view op, std::span<const Symbol> ids, AnyShape table) {
  for (const Symbol id : ids) {
    if (id >= no_symbol && id < table.extents[1]) continue;
    detail::raise_error({op, ": symbol ", id, " is not in the table ", to_string(table),
                         ", whose columns are the symbols"});
  }
}

inline void require_tags(std::string_view op, const TagSets& tags, const Shape<2>& table) {
  for (const Symbol id : tags.ids) {
    if (id >= 0 && id < table[1]) continue;
    detail::raise_error({op, ": tag ", id, " is not in the table ", to_string(table),
                         ", whose columns are the tags"});
  }
}

/// A symbol for each column of the plan.
inline void require_id_per_column(std::string_view op, const Symbols& symbols) {
  require_shapes(
      Index(symbols.ids.size()) == symbols.plan->columns(), op,
      {{"ids", Shape<1>{{Index(symbols.ids.size())}}},
       {"plan [rows x symbols]", Shape<2>{{symbols.plan->batch(), symbols.plan->columns()}}}},
      "there must be an id for each symbol of the plan");
}

}  // namespace detail

/// The embedding of every symbol, as columns.
/// \shape table [E x V] -> [E x N] \cost a copy
/// \throws ShapeError, and Error for a symbol outside the table
template <Context C, class Scalar = typename C::scalar_type>
Sequence<Scalar> gather(C& cx, const Embedded<Scalar>& embedded) {
  const Var<Scalar, 2> table = embedded.table;
  const Symbols symbols = embedded.symbols;
  detail::require_id_per_column("gather", symbols);
  detail::require_symbols("gather", symbols.ids, table.shape());
  const auto y =
      cx.template make<2>(Shape<2>{{table.rows(), symbols.plan->columns()}}, any_gradient(table));
  kernels::split_features<Scalar>(cx.team(), table.rows(), [&](Index first, Index count) {
    kernels::embedding_forward(table.view().middle_rows(first, count), symbols.ids,
                               y.value_view().middle_rows(first, count), kernels::Output::replace);
  });
  cx.template record<"gather">(y, [table, ids = symbols.ids, y](BackwardContext& back) {
    kernels::split_features<Scalar>(back.team, table.rows(), [&](Index first, Index count) {
      kernels::embedding_backward<Scalar>(ids, y.gradient_view().middle_rows(first, count),
                                          table.gradient_view().middle_rows(first, count));
    });
  });
  return {y, symbols.plan};
}

/// The sum of the embeddings of each row's tags.
/// \shape table [E x M] -> [E x B], canonical order \cost E for each tag of a row
/// \throws Error for a tag outside the table
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> tag_sum(C& cx, const Var<Scalar, 2>& table, const TagSets& tags) {
  detail::require_tags("tag_sum", tags, table.shape());
  const auto y = cx.template make<2>(Shape<2>{{table.rows(), tags.batch()}}, any_gradient(table));
  kernels::tag_sum_forward(table.view(), tags, y.value_view());
  cx.template record<"tag_sum">(y, [=](BackwardContext&) {
    kernels::tag_sum_backward<Scalar>(tags, y.gradient_view(), table.gradient_view());
  });
  return y;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

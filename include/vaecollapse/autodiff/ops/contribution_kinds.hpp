// The kinds of a layer's inputs, each with all that a sum of inputs asks of it: what it requires,
// how its projection becomes columns of the sequence, and the way back.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

#include <vaecollapse/autodiff/ops/column_subset.hpp>
#include <vaecollapse/autodiff/ops/embedding.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/arena.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/affine.hpp>
#include <vaecollapse/kernels/attention.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::detail {

/// The tags of each column of a plan, in the arena.
inline kernels::ColumnTags column_tags(const SequencePlan& plan, const TagSets& tags,
                                       Arena& arena) {
  const auto rows = arena.span<Index>(plan.columns());
  kernels::column_rows(plan, rows);
  return kernels::column_tags(tags, rows, arena.span<Index>(plan.columns() + 1));
}

/// How many numbers the tags of all columns have: one for each tag of each column.
inline Index count_column_tags(const SequencePlan& plan, const TagSets& tags) {
  Index count = 0;
  for (Index row = 0; row < plan.batch(); ++row) {
    count += plan.length(row) * Index(tags.of(row).size());
  }
  return count;
}

/// The sizes that an input is compared with.
inline Shape<2> sizes_of(const SequencePlan& plan) { return {{plan.batch(), plan.columns()}}; }

inline void require_tags(std::string_view op, const TagSets& tags, const Shape<2>& table,
                         const SequencePlan& plan) {
  require_shapes(
      tags.batch() == plan.batch(), op,
      {{"tag sets", Shape<1>{{tags.batch()}}}, {"plan [rows x symbols]", sizes_of(plan)}},
      "there must be a set of tags for each row of the plan");
  require_tags(op, tags, table);
}

/// Calls f(column, place, row) for every column of a plan.
template <class F>
void for_each_column(const SequencePlan& plan, F&& f) {
  for (Index step = 0; step < plan.steps(); ++step) {
    for (Index place = 0; place < plan.active(step); ++place) {
      f(plan.offset(step) + place, place, at(plan.order(), place));
    }
  }
}

/// The projection of an input's columns, in the arena.
template <class Scalar>
View<Scalar> project(View<const Scalar> weights, View<const Scalar> x, Arena& arena, Team& team) {
  const View<Scalar> projected(arena.allocate<Scalar>(weights.columns * x.columns), weights.columns,
                               x.columns);
  const ArenaFrame frame(arena);
  kernels::affine_forward<Scalar>(weights, nullptr, x, projected, kernels::Output::replace,
                                  arena.allocate<Scalar>(kernels::affine_forward_scratch<Scalar>(
                                      weights.rows, weights.columns)),
                                  team);
  return projected;
}

/// Calls run(from, to) for parts of the features of two matrices, one part a thread.
template <class Scalar, class Run>
void for_features(View<const Scalar> from, View<Scalar> to, Team& team, Run&& run) {
  kernels::split_features<Scalar>(team, to.rows, [&](Index first, Index count) {
    run(from.middle_rows(first, count), to.middle_rows(first, count));
  });
}

/// Zeros where a sum is not begun yet.
template <class Scalar>
void begin_sum(View<Scalar> out, kernels::Output output) {
  if (output == kernels::Output::replace) std::fill_n(out.data, out.rows * out.columns, Scalar(0));
}

/// Zeros to which the columns of a sequence are added, in the arena. \shape [rows x columns]
template <class Scalar>
View<Scalar> zero_sums(Index rows, Index columns, Arena& arena) {
  return {arena.allocate_zeros<Scalar>(rows * columns), rows, columns};
}

/// A column for each step of each row. It is multiplied as the sequence runs; of the other kinds
/// there are fewer columns, and their projections are spread over the sequence.
template <class Scalar>
struct PerStep {
  Var<Scalar, 2> values;  ///< [I x N]

  void require(std::string_view op, const SequencePlan& plan) const {
    require_shapes(values.columns() == plan.columns(), op,
                   {{"input per step", values.shape()}, {"plan [rows x symbols]", sizes_of(plan)}},
                   "the input must have a column for each symbol of the plan");
  }
};

/// A column of a table for each symbol, the same wherever the symbol stands.
template <class Scalar>
struct PerSymbol {
  Var<Scalar, 2> values;        ///< the table [I x V]
  std::span<const Symbol> ids;  ///< [N]: the columns that the steps take, among `columns`
  ColumnSubset columns{};       ///< those of the table that are projected

  void require(std::string_view op, const SequencePlan& plan) const {
    require_shapes(
        Index(ids.size()) == plan.columns(), op,
        {{"ids", Shape<1>{{Index(ids.size())}}}, {"plan [rows x symbols]", sizes_of(plan)}},
        "there must be an id for each symbol of the plan");
    require_symbols(op, ids, values.shape());
  }

  /// The same input, of whose table those columns are projected that its symbols take.
  PerSymbol gathered(Arena& arena) const {
    const TakenColumns taken = taken_columns(values.columns(), ids, arena);
    return {values, taken.places, ColumnSubset(taken.columns)};
  }
  /// This one, or `gathered`, whichever is faster.
  PerSymbol with_columns_chosen(Arena& arena) const {
    const bool gathers = columns.is_all() && gathers_columns(values.columns(), Index(ids.size()));
    return gathers ? gathered(arena) : *this;
  }

  /// \shape projected [O x U], of U columns; out [O x N]
  void spread(const SequencePlan&, View<const Scalar> projected, View<Scalar> out,
              kernels::Output output, Arena&, Team& team) const {
    for_features(projected, out, team, [&](View<const Scalar> from, View<Scalar> to) {
      kernels::embedding_forward(from, ids, to, output);
    });
  }

  /// The way back: the sums over the columns that take each symbol. \shape dout [O x N] -> [O x U]
  View<const Scalar> collect(const SequencePlan&, View<const Scalar> dout, Arena& arena,
                             Team& team) const {
    const Index projected = columns.count(values.columns());
    const View<Scalar> sums = zero_sums<Scalar>(dout.rows, projected, arena);
    for_features(dout, sums, team, [&](View<const Scalar> from, View<Scalar> to) {
      kernels::embedding_backward(ids, from, to);
    });
    return sums;
  }

  /// Points to each step's column of the projection: pointers[n * stride].
  void point(const SequencePlan&, View<const Scalar> projected, const Scalar** pointers,
             Index stride, Arena& arena, Team&) const {
    const Scalar* zeros = arena.allocate_zeros<Scalar>(projected.rows);
    for (const Symbol id : ids) {
      *pointers = id == no_symbol ? zeros : projected.column(id);
      pointers += stride;
    }
  }
};

/// A column for each row, the same at every step.
template <class Scalar>
struct PerRow {
  Var<Scalar, 2> values;  ///< [I x B], canonical order

  void require(std::string_view op, const SequencePlan& plan) const {
    require_shapes(values.columns() == plan.batch(), op,
                   {{"input per row", values.shape()}, {"plan [rows x symbols]", sizes_of(plan)}},
                   "the input must have a column for each row of the plan");
  }

  /// \shape projected [O x B], out [O x N]
  void spread(const SequencePlan& plan, View<const Scalar> projected, View<Scalar> out,
              kernels::Output output, Arena&, Team& team) const {
    begin_sum(out, output);
    for_features(projected, out, team, [&](View<const Scalar> from, View<Scalar> to) {
      kernels::spread_rows_forward(plan, from, to);
    });
  }

  /// The way back: the sums over the columns of each row. \shape dout [O x N] -> [O x B]
  View<const Scalar> collect(const SequencePlan& plan, View<const Scalar> dout, Arena& arena,
                             Team& team) const {
    const View<Scalar> sums = zero_sums<Scalar>(dout.rows, values.columns(), arena);
    for_features(dout, sums, team, [&](View<const Scalar> from, View<Scalar> to) {
      kernels::spread_rows_backward(plan, from, to);
    });
    return sums;
  }

  /// Points to each step's column of the projection: pointers[n * stride].
  void point(const SequencePlan& plan, View<const Scalar> projected, const Scalar** pointers,
             Index stride, Arena&, Team&) const {
    for_each_column(plan, [&](Index column, Index, Index row) {
      pointers[column * stride] = projected.column(row);
    });
  }
};

/// A mix of a table's columns at each step: those of the row's tags, each times a weight.
template <class Scalar>
struct TagMixture {
  Var<Scalar, 2> values;   ///< the table [I x M]
  TagSets tags;            ///< of B rows
  Var<Scalar, 1> weights;  ///< a number for each tag of each column, as those of `ColumnTags`

  void require(std::string_view op, const SequencePlan& plan) const {
    require_tags(op, tags, values.shape(), plan);
    const Shape<1> wanted{{count_column_tags(plan, tags)}};
    require_shapes(weights.shape() == wanted, op,
                   {{"weights of tags", weights.shape()}, {"tags of all columns", wanted}},
                   "there must be a weight for each tag of each column; an attended input gets "
                   "them from a GRU's attention, and can stand nowhere else");
  }

  /// The way back to the table: the sums over the columns of each tag, times their weights.
  /// \shape dout [O x N] -> [O x M]
  View<const Scalar> collect(const SequencePlan& plan, View<const Scalar> dout, Arena& arena,
                             Team& team) const {
    const View<Scalar> sums = zero_sums<Scalar>(dout.rows, values.columns(), arena);
    const kernels::TagMix<Scalar> mix{column_tags(plan, tags, arena), weights.data()};
    for_features(dout, sums, team, [&](View<const Scalar> from, View<Scalar> to) {
      kernels::tag_mix_table_backward(mix, from, to);
    });
    return sums;
  }
};

/// A mix by weights that are known before the sequence runs.
template <class Scalar>
struct PerTag : TagMixture<Scalar> {
  /// \shape projected [O x M], out [O x N]
  void spread(const SequencePlan& plan, View<const Scalar> projected, View<Scalar> out,
              kernels::Output output, Arena& arena, Team& team) const {
    begin_sum(out, output);
    const kernels::TagMix<Scalar> mix{column_tags(plan, this->tags, arena), this->weights.data()};
    for_features(projected, out, team, [&](View<const Scalar> from, View<Scalar> to) {
      kernels::tag_mix_forward(from, mix, 0, to);
    });
  }

  /// The way back to the weights. \shape w [I x O], dout [O x N]
  void weigh_backward(const SequencePlan& plan, View<const Scalar> w, View<const Scalar> dout,
                      BackwardContext& back) const {
    if (!this->weights.has_gradient()) return;
    const View<const Scalar> projected = project(w, this->values.view(), back.arena, back.team);
    kernels::tag_mix_weights_backward<Scalar>(projected, column_tags(plan, this->tags, back.arena),
                                              0, dout, this->weights.gradient_data());
  }

  /// Points to each step's mix: pointers[n * stride].
  void point(const SequencePlan& plan, View<const Scalar> projected, const Scalar** pointers,
             Index stride, Arena& arena, Team& team) const {
    const View<Scalar> mixed(arena.allocate<Scalar>(projected.rows * plan.columns()),
                             projected.rows, plan.columns());
    spread(plan, projected, mixed, kernels::Output::replace, arena, team);
    for (Index column = 0; column < plan.columns(); ++column) {
      pointers[column * stride] = mixed.column(column);
    }
  }
};

/// A mix by weights that the attention of a GRU finds as it runs, and adds there;
/// `recurrent_attending` gives it the memory of its weights.
template <class Scalar>
struct Attended : TagMixture<Scalar> {
  /// Points to the place of each step's row, where its mix is written before the step.
  /// \shape mixed [O x B] in the plan's order
  void point(const SequencePlan& plan, View<const Scalar> mixed, const Scalar** pointers,
             Index stride) const {
    for_each_column(plan, [&](Index column, Index place, Index) {
      pointers[column * stride] = mixed.column(place);
    });
  }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::detail

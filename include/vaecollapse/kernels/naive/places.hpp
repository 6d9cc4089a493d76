// The naive twins of kernels/places.hpp: one number at a time. Tests compare the two; nothing else
// includes this.
#pragma once

#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/places.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels::naive {

/// The reference of `reduce_places_forward`.
template <class Scalar>
void reduce_places_forward(const PlacesFrom& places, OverPlaces kind, View<const Scalar> x,
                           View<Scalar> y) {
  for (Index row = 0; row < places.plan.batch(); ++row) {
    for (Index i = 0; i < x.rows; ++i) {
      Scalar sum = 0;
      Index count = 0;
      for (Index step = places.first; step < places.plan.length(row); ++step, ++count) {
        sum += x(i, places.plan.column(row, step));
      }
      y(i, row) = kind == OverPlaces::mean && count > 0 ? sum / static_cast<Scalar>(count) : sum;
    }
  }
}

/// The reference of `reduce_places_backward`.
template <class Scalar>
void reduce_places_backward(const PlacesFrom& places, OverPlaces kind, View<const Scalar> dy,
                            View<Scalar> dx) {
  for (Index row = 0; row < places.plan.batch(); ++row) {
    const auto count = static_cast<Scalar>(places.plan.length(row) - places.first);
    for (Index step = places.first; step < places.plan.length(row); ++step) {
      for (Index i = 0; i < dx.rows; ++i) {
        dx(i, places.plan.column(row, step)) +=
            kind == OverPlaces::mean ? dy(i, row) / count : dy(i, row);
      }
    }
  }
}

/// The reference of `fill_first_columns`.
template <class Scalar>
void fill_first_columns(const SequencePlan& plan, View<const Scalar> vectors,
                        View<Scalar> columns) {
  const Index filled = filled_columns(vectors.rows, columns.rows) * columns.rows;
  for (Index row = 0; row < plan.batch(); ++row) {
    for (Index i = 0; i < filled; ++i) {
      columns(i % columns.rows, plan.column(row, i / columns.rows)) =
          i < vectors.rows ? vectors(i, row) : 0;
    }
  }
}

/// The reference of `add_first_columns`.
template <class Scalar>
void add_first_columns(const SequencePlan& plan, View<const Scalar> columns, View<Scalar> vectors) {
  for (Index row = 0; row < plan.batch(); ++row) {
    for (Index i = 0; i < vectors.rows; ++i) {
      vectors(i, row) += columns(i % columns.rows, plan.column(row, i / columns.rows));
    }
  }
}

/// The reference of `add_to_first_columns`.
template <class Scalar>
void add_to_first_columns(const SequencePlan& plan, View<const Scalar> vectors,
                          View<Scalar> columns) {
  for (Index row = 0; row < plan.batch(); ++row) {
    for (Index i = 0; i < vectors.rows; ++i) {
      columns(i % columns.rows, plan.column(row, i / columns.rows)) += vectors(i, row);
    }
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels::naive

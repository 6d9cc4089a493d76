#include <type_traits>

#include <doctest/doctest.h>

#include <vaecollapse/core/view.hpp>

namespace vc = vaecollapse;

static_assert(std::is_trivially_copyable_v<vc::View<float>>);
static_assert(std::is_convertible_v<vc::View<float>, vc::View<const float>>);
static_assert(!std::is_convertible_v<vc::View<const float>, vc::View<float>>);

TEST_CASE("View: columns are contiguous, parts share the memory") {
  double memory[20];
  for (int i = 0; i < 20; ++i) memory[i] = i;
  const vc::View<double> whole(memory, 3, 4, 5);
  CHECK(whole(2, 3) == 17);
  CHECK(whole.column(2) == memory + 10);
  CHECK(whole.shape() == vc::Shape<2>{{3, 4}});

  const vc::View<double> columns = whole.middle_columns(1, 2);
  CHECK(columns.rows == 3);
  CHECK(columns.columns == 2);
  CHECK(columns(0, 1) == 10);

  const vc::View<double> rows = whole.middle_rows(1, 2);
  CHECK(rows.rows == 2);
  CHECK(rows.columns == 4);
  CHECK(rows.leading == 5);
  CHECK(rows(1, 3) == 17);

  columns(0, 0) = -1;
  CHECK(memory[5] == -1);
  const vc::View<const double> constant = whole;
  CHECK(constant(0, 1) == -1);
}

TEST_CASE("View: without gaps the leading dimension is the number of rows; empty by default") {
  float memory[6] = {};
  CHECK(vc::View<float>(memory, 3, 2).leading == 3);
  constexpr vc::View<float> nothing;
  CHECK(nothing.data == nullptr);
  CHECK(nothing.shape() == vc::Shape<2>{{0, 0}});
}

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/attention.hpp>
#include <vaecollapse/kernels/naive/attention.hpp>

namespace vc = vaecollapse;
namespace kernels = vaecollapse::kernels;
using vc::Index;
using vc::View;

namespace {

std::size_t size(Index n) { return static_cast<std::size_t>(n); }

/// Random numbers that depend on the seed and their place only.
class Random {
 public:
  explicit Random(std::uint64_t seed) : draws_(vc::Seed{seed}, 0) {}

  template <class Scalar>
  std::vector<Scalar> normal(Index n) {
    std::vector<Scalar> numbers(size(n));
    for (Scalar& x : numbers) x = static_cast<Scalar>(vc::normal(word()));
    return numbers;
  }
  /// In 0 .. bound.
  Index below(Index bound) { return static_cast<Index>(word()) % bound; }

 private:
  std::uint32_t word() { return draws_.bits(vc::Stream::user, place_++, 0, 0, 0)[0]; }
  vc::Draws draws_;
  std::uint32_t place_ = 0;
};

/// A matrix that owns its numbers.
template <class Scalar>
struct Matrix {
  Index rows, columns;
  std::vector<Scalar> numbers;

  Matrix(Index r, Index c) : rows(r), columns(c), numbers(size(r * c)) {}
  Matrix(Index r, Index c, Random& random)
      : rows(r), columns(c), numbers(random.normal<Scalar>(r * c)) {}
  View<Scalar> view() { return {numbers.data(), rows, columns}; }
  View<const Scalar> view() const { return {numbers.data(), rows, columns}; }
  friend bool operator==(const Matrix&, const Matrix&) = default;
};

/// Rows with 0 to all of the tags, and columns that take rows in any order and number.
struct Ragged {
  std::vector<Index> first{0}, rows, first_weight;
  std::vector<vc::Symbol> ids;
  kernels::ColumnTags columns;

  Ragged(Index batch, Index tags, Index column_count, Random& random) {
    for (Index row = 0; row < batch; ++row) {
      const Index threshold = row == 0 ? 0 : row == 1 ? tags : random.below(tags + 1);
      for (Index tag = 0; tag < tags; ++tag) {
        if (random.below(tags) < threshold) ids.push_back(static_cast<vc::Symbol>(tag));
      }
      first.push_back(Index(ids.size()));
    }
    for (Index n = 0; n < column_count; ++n) rows.push_back(random.below(batch));
    first_weight.resize(size(column_count + 1));
    columns = kernels::column_tags({first, ids}, rows, first_weight);
  }
  Ragged(const Ragged&) = delete;
};

/// Sums of n terms of about 1 may differ by this much.
template <class Scalar>
double tolerance(Index n) {
  return 8 * static_cast<double>(n + 1) *
         static_cast<double>(std::numeric_limits<Scalar>::epsilon());
}

template <class A, class B>
void check_close(const std::vector<A>& a, const std::vector<B>& b, double tolerance) {
  REQUIRE(a.size() == b.size());
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double expected = static_cast<double>(b[i]);
    const double error = std::abs(static_cast<double>(a[i]) - expected) / (1 + std::abs(expected));
    if (!(error <= worst)) worst = std::isnan(error) ? HUGE_VAL : error;
  }
  CHECK(worst <= tolerance);
}

struct Sizes {
  Index width, tags, batch, columns, outputs;
};
constexpr Sizes shapes[] = {{1, 1, 2, 1, 1},    {3, 4, 3, 7, 5},     {8, 2, 5, 12, 16},
                            {17, 9, 6, 20, 33}, {40, 30, 4, 11, 12}, {4, 3, 2, 0, 3}};

/// Everything that attention reads and writes for one shape.
template <class Scalar>
struct Problem {
  Random random;
  Ragged ragged;
  Matrix<Scalar> keys, query, table, dout;
  std::vector<Scalar> score, dweights;

  explicit Problem(const Sizes& s, std::uint64_t seed = 1)
      : random(seed),
        ragged(s.batch, s.tags, s.columns, random),
        keys(s.width, s.tags, random),
        query(s.width, s.columns, random),
        table(s.outputs, s.tags, random),
        dout(s.outputs, s.columns, random),
        score(random.normal<Scalar>(s.width)),
        dweights(random.normal<Scalar>(count())) {}

  Index count() const { return ragged.columns.size(); }
  kernels::AttentionKeys<Scalar> by() const { return {keys.view(), score.data()}; }

  std::vector<Scalar> weights(Matrix<Scalar>& activations) const {
    std::vector<Scalar> result(size(count()));
    kernels::attention_forward<Scalar>(by(), ragged.columns, 0, query.view(), result.data(),
                                       activations.view());
    return result;
  }
  std::vector<Scalar> weights() const {
    Matrix<Scalar> activations(keys.rows, count());
    return weights(activations);
  }
};

}  // namespace

TEST_CASE("a plan's columns know their rows and where their weights lie") {
  const std::vector<Index> lengths{1, 3, 0, 2}, first{0, 2, 2, 3, 6};
  const std::vector<vc::Symbol> ids{4, 5, 6, 0, 1, 2};
  const vc::SequencePlan plan{std::span<const Index>(lengths)};
  std::vector<Index> rows(size(plan.columns())), first_weight(rows.size() + 1);
  kernels::column_rows(plan, rows);
  CHECK(rows == std::vector<Index>{1, 3, 0, 1, 3, 1});
  const auto columns = kernels::column_tags({first, ids}, rows, first_weight);
  CHECK(first_weight == std::vector<Index>{0, 0, 3, 5, 5, 8, 8});
  CHECK(columns.size() == 8);
  CHECK(columns.begin(4) == 5);
  CHECK(columns.of(2).size() == 2);
  CHECK(columns.of(2)[1] == 5);
  CHECK(columns.of(0).empty());
}

TEST_CASE_TEMPLATE("attention equals its naive twin on ragged tags", Scalar, float, double) {
  for (const Sizes& s : shapes) {
    CAPTURE(s.width);
    const Problem<Scalar> p(s);
    Matrix<Scalar> activations(s.width, p.count());
    const auto weights = p.weights(activations);
    std::vector<Scalar> expected(weights.size());
    kernels::naive::attention_forward<Scalar>(p.by(), p.ragged.columns, 0, p.query.view(),
                                              expected.data());
    check_close(weights, expected, tolerance<Scalar>(s.width));

    Matrix<Scalar> dquery(s.width, s.columns), dkeys(s.width, s.tags);
    std::vector<Scalar> dscores(weights.size()), dvector(size(s.width));
    kernels::attention_backward<Scalar>(p.by(), p.ragged.columns, 0, weights.data(),
                                        activations.view(), p.dweights.data(), dscores.data(),
                                        dquery.view());
    kernels::attention_parameters_backward<Scalar>(p.by(), p.ragged.columns, activations.view(),
                                                   dscores.data(), dvector.data(), dkeys.view());
    Matrix<Scalar> dquery_expected(s.width, s.columns), dkeys_expected(s.width, s.tags);
    std::vector<Scalar> dvector_expected(size(s.width));
    kernels::naive::attention_backward<Scalar>(
        p.by(), p.ragged.columns, p.query.view(), weights.data(), p.dweights.data(),
        dquery_expected.view(), dvector_expected.data(), dkeys_expected.view());
    check_close(dquery.numbers, dquery_expected.numbers, tolerance<Scalar>(s.tags));
    check_close(dkeys.numbers, dkeys_expected.numbers, tolerance<Scalar>(s.columns));
    check_close(dvector, dvector_expected, tolerance<Scalar>(s.columns * s.tags));
  }
}

TEST_CASE_TEMPLATE("mixing tags equals its naive twin", Scalar, float, double) {
  for (const Sizes& s : shapes) {
    CAPTURE(s.outputs);
    const Problem<Scalar> p(s);
    const auto weights = p.weights();
    const kernels::TagMix<Scalar> mix{p.ragged.columns, weights.data()};
    Matrix<Scalar> out = p.dout, expected = p.dout;
    kernels::tag_mix_forward<Scalar>(p.table.view(), mix, 0, out.view());
    kernels::naive::tag_mix_forward<Scalar>(p.table.view(), mix, expected.view());
    check_close(out.numbers, expected.numbers, tolerance<Scalar>(s.tags));

    Matrix<Scalar> dtable = p.table, dtable_expected = p.table;
    std::vector<Scalar> dweights = p.dweights, dweights_expected = p.dweights;
    kernels::tag_mix_weights_backward<Scalar>(p.table.view(), p.ragged.columns, 0, p.dout.view(),
                                              dweights.data());
    kernels::tag_mix_table_backward<Scalar>(mix, p.dout.view(), dtable.view());
    kernels::naive::tag_mix_backward<Scalar>(p.table.view(), mix, p.dout.view(),
                                             dweights_expected.data(), dtable_expected.view());
    check_close(dtable.numbers, dtable_expected.numbers, tolerance<Scalar>(s.columns));
    check_close(dweights, dweights_expected, tolerance<Scalar>(s.outputs));
  }
}

TEST_CASE("float weights are the double ones to float precision") {
  for (const Sizes& s : shapes) {
    const auto single = Problem<float>(s).weights();
    const auto precise = Problem<double>(s).weights();
    check_close(single, precise, tolerance<float>(s.width));
  }
}

TEST_CASE_TEMPLATE("weights are a softmax over the tags that are there", Scalar, float, double) {
  const Problem<Scalar> p(shapes[3]);
  const auto weights = p.weights();
  for (Index n = 0; n < p.ragged.columns.columns(); ++n) {
    const Index begin = p.ragged.columns.begin(n), end = p.ragged.columns.begin(n + 1);
    REQUIRE(end - begin == Index(p.ragged.columns.of(n).size()));
    if (begin == end) continue;
    double sum = 0;
    for (Index at = begin; at < end; ++at) sum += static_cast<double>(weights[size(at)]);
    CHECK(std::abs(sum - 1) < tolerance<Scalar>(2));
  }
}

TEST_CASE_TEMPLATE("scores too great to exponentiate do no harm", Scalar, float, double) {
  const std::vector<Index> first{0, 2}, rows{0};
  const std::vector<vc::Symbol> ids{0, 1};
  std::vector<Index> first_weight(2);
  const auto columns = kernels::column_tags({first, ids}, rows, first_weight);
  const std::vector<Scalar> keys{50, -50}, query{0}, score{2000};
  std::vector<Scalar> weights(2);
  kernels::attention_forward<Scalar>({{keys.data(), 1, 2}, score.data()}, columns, 0,
                                     {query.data(), 1, 1}, weights.data(), {});
  CHECK(weights == std::vector<Scalar>{1, 0});
}

TEST_CASE_TEMPLATE("a range of columns has the bits of the whole", Scalar, float, double) {
  const Sizes& s = shapes[3];
  const Problem<Scalar> p(s);
  const auto whole = p.weights();
  std::vector<Scalar> parts(whole.size());
  Matrix<Scalar> mixed(s.outputs, s.columns), mixed_parts(s.outputs, s.columns);
  kernels::tag_mix_forward<Scalar>(p.table.view(), {p.ragged.columns, whole.data()}, 0,
                                   mixed.view());
  for (Index begin = 0; begin < s.columns; begin += 7) {
    const Index count = std::min<Index>(7, s.columns - begin);
    kernels::attention_forward<Scalar>(p.by(), p.ragged.columns, begin,
                                       p.query.view().middle_columns(begin, count), parts.data(),
                                       {});
    kernels::tag_mix_forward<Scalar>(p.table.view(), {p.ragged.columns, parts.data()}, begin,
                                     mixed_parts.view().middle_columns(begin, count));
  }
  CHECK(parts == whole);
  CHECK(mixed_parts == mixed);
}

TEST_CASE("the gradient of the queries' weights is states times gradients") {
  Random random(5);
  const Matrix<double> states(9, 21, random), dquery(6, 21, random);
  Matrix<double> gradient(9, 6, random), expected = gradient;
  std::vector<const double*> previous;
  for (Index n = 0; n < 21; ++n) previous.push_back(states.view().column(n));
  std::vector<double> scratch(size(kernels::packed_size<double>(9, 21)));
  vc::Team team(1);
  kernels::attention_query_backward<double>(previous, dquery.view(), gradient.view(),
                                            scratch.data(), team);
  for (Index n = 0; n < 21; ++n) {
    for (Index i = 0; i < 9; ++i) {
      for (Index a = 0; a < 6; ++a) {
        expected.view()(i, a) += states.view()(i, n) * dquery.view()(a, n);
      }
    }
  }
  check_close(gradient.numbers, expected.numbers, 1e-13);
}

// Ops on whole matrices: ours and Eigen's expressions of the same, on one thread.
//   matrix/<what>/<who>/I:<rows>/N:<columns>
//   matmul/<which is transposed>/<who>/I:<rows>/K:<inner>/N:<columns>
#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <vaecollapse/core/arena.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/columns.hpp>
#include <vaecollapse/kernels/embedding.hpp>
#include <vaecollapse/kernels/layer_norm.hpp>
#include <vaecollapse/kernels/losses.hpp>
#include <vaecollapse/kernels/matmul.hpp>
#include <vaecollapse/kernels/softmax.hpp>
#include <vaecollapse/kernels/transpose.hpp>

#include "support/eigen.hpp"
#include "support/meter.hpp"
#include "support/numbers.hpp"

namespace vaecollapse::bench {

namespace {

using Floats = Eigen::MatrixXf;
using Row = Eigen::RowVectorXf;
using kernels::Output;

View<float> view(Floats& m) { return {m.data(), m.rows(), m.cols()}; }
View<const float> constant(const Floats& m) { return {m.data(), m.rows(), m.cols()}; }

/// What ops read, and what they write.
struct Matrices {
  Floats x, target, y, p, log_p, dy, dx, turned, dturned, dp;
  Floats gain, bias, dgain, dbias;  ///< [I x 1]
  Row mean, inverse;
  std::vector<Symbol> ids;
  float loss = 0;
  Team team;

  Matrices(Index rows, Index columns)
      : x(rows, columns),
        target(rows, columns),
        y(Floats::Zero(rows, columns)),
        dy(rows, columns),
        dx(Floats::Zero(rows, columns)),
        turned(Floats::Zero(columns, rows)),
        dturned(columns, rows),
        gain(rows, 1),
        bias(rows, 1),
        dgain(Floats::Zero(rows, 1)),
        dbias(Floats::Zero(rows, 1)),
        mean(columns),
        inverse(columns),
        ids(static_cast<std::size_t>(columns)) {
    std::uint32_t seed = 0;
    for (Floats* m : {&x, &dy, &dturned, &gain, &bias}) {
      fill_uniform(++seed, -2, 2, m->size(), m->data());
    }
    fill_uniform(++seed, 0, 1, target.size(), target.data());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      ids[i] = static_cast<Symbol>(static_cast<Index>(7 * i * i) % columns);
    }
    mean = x.colwise().mean();
    inverse = ((x.rowwise() - mean).colwise().squaredNorm() / float(rows)).array().rsqrt();
    p = (x.array().exp().rowwise() / x.array().exp().colwise().sum()).matrix();
    log_p = p.array().log().matrix();
  }

  Index rows() const { return x.rows(); }
  Index columns() const { return x.cols(); }
  kernels::ColumnNorms<float> norms() { return {mean.data(), inverse.data()}; }

  /// How far apart the results of two are, as a share of the largest of each.
  double disagreement_with(const Matrices& other) const {
    double worst = disagreement(1, &loss, &other.loss);
    for (Floats Matrices::*m :
         {&Matrices::y, &Matrices::dx, &Matrices::turned, &Matrices::dgain, &Matrices::dbias}) {
      const Floats &found = this->*m, &expected = other.*m;
      worst = std::max(worst, disagreement(found.size(), found.data(), expected.data()));
    }
    return worst;
  }
};

using Kernel = void (*)(Matrices&);

struct MatrixOp {
  const char* name;
  Kernel ours, eigens;
};

const MatrixOp softmaxes[] = {
    {"softmax_forward", [](Matrices& m) { kernels::softmax_forward(constant(m.x), view(m.y)); },
     [](Matrices& m) {
       const Row greatest = m.x.colwise().maxCoeff();
       m.y = (m.x.rowwise() - greatest).array().exp().matrix();
       const Row sums = m.y.colwise().sum();
       m.y.array().rowwise() /= sums.array();
     }},
    {"softmax_backward",
     [](Matrices& m) { kernels::softmax_backward(constant(m.p), constant(m.dy), view(m.dx)); },
     [](Matrices& m) {
       const Row means = m.p.cwiseProduct(m.dy).colwise().sum();
       m.dx.array() += m.p.array() * (m.dy.rowwise() - means).array();
     }},
    {"log_softmax_forward",
     [](Matrices& m) { kernels::log_softmax_forward(constant(m.x), view(m.y)); },
     [](Matrices& m) {
       const Row greatest = m.x.colwise().maxCoeff();
       const Row rest =
           (m.x.rowwise() - greatest).array().exp().matrix().colwise().sum().array().log();
       m.y = (m.x.rowwise() - greatest).rowwise() - rest;
     }},
    {"log_softmax_backward",
     [](Matrices& m) {
       kernels::log_softmax_backward(constant(m.log_p), constant(m.dy), view(m.dx));
     },
     [](Matrices& m) {
       const Row sums = m.dy.colwise().sum();
       m.dx.array() += m.dy.array() - m.log_p.array().exp().rowwise() * sums.array();
     }},
};

const MatrixOp layer_norms[] = {
    {"layer_norm_forward",
     [](Matrices& m) {
       kernels::layer_norm_forward<float>(constant(m.x), m.gain.data(), m.bias.data(), 1e-5f,
                                          m.norms(), view(m.y));
     },
     [](Matrices& m) {
       m.mean = m.x.colwise().mean();
       m.y = m.x.rowwise() - m.mean;
       m.inverse = (m.y.colwise().squaredNorm() / float(m.rows())).array() + 1e-5f;
       m.inverse = m.inverse.array().rsqrt();
       m.y = (((m.y.array().rowwise() * m.inverse.array()).colwise() * m.gain.col(0).array())
                  .colwise() +
              m.bias.col(0).array())
                 .matrix();
     }},
    {"layer_norm_input_backward",
     [](Matrices& m) {
       kernels::layer_norm_input_backward<float>(constant(m.x), m.norms(), m.gain.data(),
                                                 constant(m.dy), view(m.dx));
     },
     [](Matrices& m) {
       const auto normal = (m.x.rowwise() - m.mean).array().rowwise() * m.inverse.array();
       const auto seed = m.dy.array().colwise() * m.gain.col(0).array();
       const Row means = seed.matrix().colwise().mean();
       const Row slopes = (seed * normal).matrix().colwise().mean();
       m.dx.array() +=
           (seed.rowwise() - means.array() - normal.rowwise() * slopes.array()).rowwise() *
           m.inverse.array();
     }},
    {"layer_norm_parameters_backward",
     [](Matrices& m) {
       kernels::layer_norm_parameters_backward<float>(constant(m.x), m.norms(), constant(m.dy),
                                                      m.dgain.data(), m.dbias.data(), m.team);
     },
     [](Matrices& m) {
       const auto normal = (m.x.rowwise() - m.mean).array().rowwise() * m.inverse.array();
       m.dgain.col(0) += (normal * m.dy.array()).matrix().rowwise().sum();
       m.dbias.col(0) += m.dy.rowwise().sum();
     }},
};

const MatrixOp losses[] = {
    {"binary_cross_entropy_forward",
     [](Matrices& m) {
       kernels::binary_cross_entropy_forward<float>(m.x.size(), m.x.data(), m.target.data(),
                                                    m.y.data());
     },
     [](Matrices& m) {
       const auto x = m.x.array(), t = m.target.array();
       m.y = ((-x.abs()).exp().log1p() + t * (-x).max(0.0f) + (1 - t) * x.max(0.0f)).matrix();
     }},
    {"binary_cross_entropy_backward",
     [](Matrices& m) {
       kernels::binary_cross_entropy_backward<float>(m.x.size(), m.x.data(), m.target.data(),
                                                     m.dy.data(), m.dx.data());
     },
     [](Matrices& m) {
       m.dx.array() += m.dy.array() * (m.x.array().logistic() - m.target.array());
     }},
    {"squared_error_forward",
     [](Matrices& m) {
       const double sum = kernels::squared_distance<float>(m.x.size(), m.x.data(), m.target.data());
       m.loss = static_cast<float>(sum / static_cast<double>(m.x.size()));
     },
     [](Matrices& m) { m.loss = (m.x - m.target).squaredNorm() / float(m.x.size()); }},
    {"squared_error_backward",
     [](Matrices& m) {
       kernels::add_difference<float>(m.x.size(), 0.25f, m.x.data(), m.target.data(), m.dx.data());
     },
     [](Matrices& m) { m.dx += 0.25f * (m.x - m.target); }},
};

const MatrixOp moves[] = {
    {"transpose_forward",
     [](Matrices& m) {
       kernels::transpose(constant(m.x), view(m.turned), Output::replace, m.team);
     },
     [](Matrices& m) { m.turned = m.x.transpose(); }},
    {"transpose_backward",
     [](Matrices& m) {
       kernels::transpose(constant(m.dturned), view(m.dx), Output::accumulate, m.team);
     },
     [](Matrices& m) { m.dx += m.dturned.transpose(); }},
    {"gather_forward",
     [](Matrices& m) {
       kernels::embedding_forward<float>(constant(m.x), m.ids, view(m.y), Output::replace);
     },
     [](Matrices& m) { m.y = m.x(Eigen::all, m.ids); }},
    {"gather_backward",
     [](Matrices& m) { kernels::embedding_backward<float>(m.ids, constant(m.dy), view(m.dx)); },
     [](Matrices& m) {
       // Columns are taken more than once, so that Eigen's `dx(all, ids) += dy` is another thing.
       for (Index j = 0; j < m.columns(); ++j) {
         m.dx.col(m.ids[static_cast<std::size_t>(j)]) += m.dy.col(j);
       }
     }},
    {"middle_rows_forward",
     [](Matrices& m) {
       const Index n = m.rows() / 2;
       kernels::copy<float>(constant(m.x).middle_rows(n, n), view(m.y).middle_rows(0, n), m.team);
     },
     [](Matrices& m) { m.y.topRows(m.rows() / 2) = m.x.bottomRows(m.rows() / 2); }},
    {"middle_rows_backward",
     [](Matrices& m) {
       const Index n = m.rows() / 2;
       kernels::add<float>(constant(m.dy).middle_rows(0, n), view(m.dx).middle_rows(n, n), m.team);
     },
     [](Matrices& m) { m.dx.bottomRows(m.rows() / 2) += m.dy.topRows(m.rows() / 2); }},
    {"middle_columns_forward",
     [](Matrices& m) {
       const Index n = m.columns() / 2;
       kernels::copy<float>(constant(m.x).middle_columns(1, n), view(m.y).middle_columns(0, n),
                            m.team);
     },
     [](Matrices& m) { m.y.leftCols(m.columns() / 2) = m.x.middleCols(1, m.columns() / 2); }},
    {"middle_columns_backward",
     [](Matrices& m) {
       const Index n = m.columns() / 2;
       kernels::add<float>(constant(m.dy).middle_columns(0, n), view(m.dx).middle_columns(1, n),
                           m.team);
     },
     [](Matrices& m) { m.dx.middleCols(1, m.columns() / 2) += m.dy.leftCols(m.columns() / 2); }},
};

void time_op(benchmark::State& state, const MatrixOp& op, Kernel run, Index rows, Index columns) {
  Matrices ours(rows, columns), eigens(rows, columns);
  op.ours(ours);
  op.eigens(eigens);
  if (!(ours.disagreement_with(eigens) < 1e-5)) return state.SkipWithError("not as Eigen's");
  Matrices matrices(rows, columns);
  Meter meter = measure(state, matrices.team, [&] { run(matrices); });
  meter.report_ns_per("ns_per_element", static_cast<double>(rows * columns));
}

/// Factors [I x K] and [K x N], either of them stored as its transpose.
struct MatmulShape {
  const char* name;
  bool left, right;
  Index rows, inner, columns;
};

struct MatmulOperands {
  MatmulShape shape;
  Floats a, b, y;
  Arena arena;
  float* scratch;

  explicit MatmulOperands(const MatmulShape& s)
      : shape(s),
        a(s.left ? s.inner : s.rows, s.left ? s.rows : s.inner),
        b(s.right ? s.columns : s.inner, s.right ? s.inner : s.columns),
        y(Floats::Zero(s.rows, s.columns)),
        scratch(arena.allocate<float>(product().scratch())) {
    fill_uniform(1, -1, 1, a.size(), a.data());
    fill_uniform(2, -1, 1, b.size(), b.data());
  }
  kernels::Product<float> product() const {
    return {{constant(a), shape.left}, {constant(b), shape.right}};
  }
};

void run_packed(MatmulOperands& m, Team& team) {
  kernels::matmul(m.product(), view(m.y), Output::replace, m.scratch, team);
}

void run_eigen(MatmulOperands& m, Team&) {
  if (m.shape.left && m.shape.right) {
    m.y.noalias() = m.a.transpose() * m.b.transpose();
  } else if (m.shape.left) {
    m.y.noalias() = m.a.transpose() * m.b;
  } else if (m.shape.right) {
    m.y.noalias() = m.a * m.b.transpose();
  } else {
    m.y.noalias() = m.a * m.b;
  }
}

void time_matmul(benchmark::State& state, const MatmulShape& shape, bool is_packed) {
  MatmulOperands operands(shape), other(shape);
  Team team;
  run_packed(operands, team);
  run_eigen(other, team);
  if (!(disagreement(operands.y.size(), operands.y.data(), other.y.data()) < 1e-5)) {
    return state.SkipWithError("not as Eigen's");
  }
  Meter meter = measure(
      state, team, [&] { is_packed ? run_packed(operands, team) : run_eigen(operands, team); });
  meter.report_flops(2.0 * double(shape.rows) * double(shape.inner) * double(shape.columns));
}

void add_ops(const MatrixOp& op) {
  for (const auto& size : {Shape<2>{{40, 64}}, Shape<2>{{256, 896}}}) {
    const Index rows = size[0], columns = size[1];
    const auto add = [&](const char* who, Kernel run) {
      add_benchmark("matrix/" + std::string(op.name) + "/" + who + "/I:" + std::to_string(rows) +
                        "/N:" + std::to_string(columns),
                    1, [&op, run, rows, columns](benchmark::State& state) {
                      time_op(state, op, run, rows, columns);
                    });
    };
    add("ours", op.ours);
    add("eigen", op.eigens);
  }
}

void add_matmul(const MatmulShape& shape) {
  for (const bool is_packed : {true, false}) {
    add_benchmark(
        "matmul/" + std::string(shape.name) + "/" + (is_packed ? "packed" : "eigen") +
            "/I:" + std::to_string(shape.rows) + "/K:" + std::to_string(shape.inner) +
            "/N:" + std::to_string(shape.columns),
        1, [shape, is_packed](benchmark::State& state) { time_matmul(state, shape, is_packed); });
  }
}

const bool registered = [] {
  for (const MatrixOp& op : softmaxes) add_ops(op);
  for (const MatrixOp& op : layer_norms) add_ops(op);
  for (const MatrixOp& op : losses) add_ops(op);
  for (const MatrixOp& op : moves) add_ops(op);
  // A square, and attention's scores: queries times keys.
  for (const Shape<3>& size : {Shape<3>{{64, 64, 64}}, {{256, 256, 256}}, {{40, 128, 896}}}) {
    add_matmul({"neither", false, false, size[0], size[1], size[2]});
    add_matmul({"left", true, false, size[0], size[1], size[2]});
    add_matmul({"right", false, true, size[0], size[1], size[2]});
    add_matmul({"both", true, true, size[0], size[1], size[2]});
  }
  return true;
}();

}  // namespace

}  // namespace vaecollapse::bench

// What a layer's input of embedded symbols costs, forward and backward: the table projected as a
// whole, only those of its columns gathered that the symbols take, and whichever the library
// chooses. The choice is right where it is as fast as the faster of the two; see `gathers_columns`.
//   vocabulary_input/<who>/<words>/V:<symbols>/N:<columns>
// Words are `even`, all as likely, which is the worst case of gathering, or `text`: the i-th is as
// likely as 1 / i.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <vaecollapse/autodiff/ops/contributions.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/parameters.hpp>

#include "support/eigen.hpp"
#include "support/meter.hpp"
#include "support/numbers.hpp"
#include "support/program.hpp"

namespace vaecollapse::bench {

const char* const default_filter = ".";

namespace {

constexpr Index embedding = 64, outputs = 768;

enum class Who { project, gather, chosen };

const char* name_of(Who who) {
  return who == Who::project ? "project" : who == Who::gather ? "gather" : "chosen";
}

struct Sizes {
  Index symbols;
  Index columns;
  bool text;

  std::string name() const {
    return std::string(text ? "text" : "even") + "/V:" + std::to_string(symbols) +
           "/N:" + std::to_string(columns);
  }
};

class Problem {
 public:
  explicit Problem(const Sizes& shape) : plan_(std::vector<Index>{shape.columns}) {
    const auto symbols = static_cast<double>(shape.symbols);
    for (const float u : uniform(1, 0, 1, shape.columns)) {
      const double place = shape.text ? std::pow(symbols + 1, double(u)) - 1 : symbols * double(u);
      ids_.push_back(std::min(static_cast<Symbol>(place), static_cast<Symbol>(shape.symbols - 1)));
    }
    table_ = layout_.add("table", Shape<2>{{embedding, shape.symbols}}, Init::normal(1));
    weights_ = layout_.add("weights", Shape<2>{{embedding, outputs}}, Init::normal(0.1));
    parameters_ = Parameters<float>(layout_, Seed{1});
    dout_ = uniform(2, -1, 1, outputs * shape.columns);
    out_.resize(dout_.size());
  }

  void run(Tape<float>& tape, Who who) {
    const Scope scope(tape);
    const Contribution<float>::PerSymbol plain{tape.parameter(table_), ids_};
    const std::array inputs{Contribution<float>(who == Who::project ? plain
                                                : who == Who::gather
                                                    ? plain.gathered(tape.arena())
                                                    : plain.with_columns_chosen(tape.arena()))};
    const auto weights = tape.parameter(weights_);
    const View<float> out(out_.data(), outputs, plan_.columns());
    vaecollapse::detail::contributions_forward<float>(weights, inputs, plan_, out, tape.arena(),
                                                      tape.team());
    BackwardContext back{tape.arena(), tape.team()};
    vaecollapse::detail::contributions_backward<float>(
        weights, inputs, plan_, View<const float>(dout_.data(), outputs, plan_.columns()), back);
  }

  /// Whether a run from gradients of zero gives what plain sums in double give, in which every
  /// column is projected by itself.
  bool is_right(Who who) {
    Tape<float> tape(parameters_);
    run(tape, who);
    const auto matrix = [&](const Slot<2>& slot, auto numbers) {
      return Eigen::Map<const Eigen::MatrixXf>(numbers.data() + slot.offset, slot.shape[0],
                                               slot.shape[1])
          .cast<double>()
          .eval();
    };
    const Eigen::MatrixXd table = matrix(table_, parameters_.values());
    const Eigen::MatrixXd weights = matrix(weights_, parameters_.values());
    const Eigen::MatrixXd dout =
        Eigen::Map<const Eigen::MatrixXf>(dout_.data(), outputs, plan_.columns()).cast<double>();
    Eigen::MatrixXd x(embedding, plan_.columns());
    for (Index n = 0; n < plan_.columns(); ++n) x.col(n) = table.col(id(n));
    const Eigen::MatrixXd out = weights.transpose() * x, dx = weights * dout;
    const Eigen::MatrixXd dweights = x * dout.transpose();
    Eigen::MatrixXd dtable = Eigen::MatrixXd::Zero(table.rows(), table.cols());
    for (Index n = 0; n < plan_.columns(); ++n) dtable.col(id(n)) += dx.col(n);
    const float* gradients = parameters_.gradients().data();
    return disagreement(out.size(), out_.data(), out.data()) < 1e-5 &&
           disagreement(dweights.size(), gradients + weights_.offset, dweights.data()) < 1e-5 &&
           disagreement(dtable.size(), gradients + table_.offset, dtable.data()) < 1e-5;
  }

  Parameters<float>& parameters() { return parameters_; }

 private:
  Symbol id(Index column) const { return ids_[static_cast<std::size_t>(column)]; }

  SequencePlan plan_;
  std::vector<Symbol> ids_;
  Layout layout_;
  Slot<2> table_, weights_;
  Parameters<float> parameters_{layout_};
  std::vector<float> dout_, out_;
};

void time_input(benchmark::State& state, const Sizes& shape, Who who) {
  if (!Problem(shape).is_right(who)) return state.SkipWithError("not as plain sums");
  Problem problem(shape);
  Team team(1);
  Tape<float> tape(problem.parameters(), team);
  Meter meter = measure(state, team, [&] { problem.run(tape, who); });
  meter.report_ns_per("ns_per_column", static_cast<double>(shape.columns));
}

const bool registered = [] {
  const auto add = [](const Sizes& shape) {
    for (const Who who : {Who::project, Who::gather, Who::chosen}) {
      add_benchmark(std::string("vocabulary_input/") + name_of(who) + "/" + shape.name(), 1,
                    [=](benchmark::State& state) { time_input(state, shape, who); });
    }
  };
  for (const bool text : {false, true}) {
    // Characters, both sides of where the rule changes, and words.
    for (const Index symbols : {40, 160, 161, 640, 10000}) add({symbols, 640, text});
    add({40, 16, text});
  }
  return true;
}();

}  // namespace

}  // namespace vaecollapse::bench

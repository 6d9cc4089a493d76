// The rows of a recurrent layer over a batch: by the naive twins, on Eigen, and by this library
// (packed).
//   <cell>/<pass>/<who>/T:<steps>/B:<batch>/I:<input>/H:<hidden>
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>

#include <benchmark/benchmark.h>

#include "recurrent/check.hpp"
#include "recurrent/packed_layer.hpp"
#include "recurrent/problem.hpp"
#include "support/meter.hpp"
#include "support/program.hpp"

namespace vaecollapse::bench {

/// Who computes a layer, and on how many threads.
template <template <class> class Twin>
struct ByTwin {
  static constexpr const char* name = "naive";
  static constexpr int threads = 1;
  static Twin<float> make(const RecurrentData<float>& data, Team&) { return Twin<float>(data); }
};

template <class EigenLayer>
struct OnEigen {
  static constexpr const char* name = "eigen";
  static constexpr int threads = 1;
  static EigenLayer make(const RecurrentData<float>& data, Team&) { return EigenLayer(data); }
};

template <class Recurrent, int Threads>
struct Packed {
  static constexpr const char* name = Threads == 1 ? "packed" : "packed_2_threads";
  static constexpr int threads = Threads;
  static PackedLayer<Recurrent> make(const RecurrentData<float>& data, Team& team) {
    return {data, team};
  }
};

/// `forward` keeps what a backward pass needs, `inference` only the states.
enum class Pass { forward, forward_backward, inference };

inline const char* name_of(Pass pass) {
  return pass == Pass::forward            ? "forward"
         : pass == Pass::forward_backward ? "forward_backward"
                                          : "inference";
}

template <class Layer>
void run(Layer& layer, Pass pass) {
  switch (pass) {
    case Pass::forward:
      return layer.forward();
    case Pass::forward_backward:
      return layer.forward_backward();
    case Pass::inference:
      return layer.inference();
  }
}

/// Checks everyone once at each shape. The twin's results are kept for one shape at a time:
/// benchmarks of a shape stand together.
template <template <class> class Twin>
class Checks {
 public:
  template <class Who>
  std::string complaint(const RecurrentShape& shape, Team& team) {
    const std::pair key(std::string(Who::name), shape);
    if (passed_.contains(key)) return "";
    if (check_ == nullptr || check_->data().shape != shape) {
      check_ = std::make_unique<RecurrentCheck<Twin>>(shape);
    }
    auto layer = Who::make(check_->data(), team);
    layer.forward_backward();
    std::string text = check_->complaint(layer.results());
    if (text.empty()) passed_.insert(key);
    return text;
  }

 private:
  std::unique_ptr<RecurrentCheck<Twin>> check_;
  std::set<std::pair<std::string, RecurrentShape>> passed_;
};

template <class Who, template <class> class Twin>
void time_layer(benchmark::State& state, Pass pass, const RecurrentShape& shape,
                Checks<Twin>& checks) {
  Team team(Who::threads);
  const std::string complaint = checks.template complaint<Who>(shape, team);
  if (!complaint.empty()) return state.SkipWithError(complaint.c_str());
  const RecurrentData<float> data(shape);
  auto layer = Who::make(data, team);
  Meter meter = measure(state, team, [&] { run(layer, pass); });
  const double passes = pass == Pass::forward_backward ? 3 : 1;
  meter.report_flops(passes * shape.forward_flops());
  meter.report_ns_per("ns_per_token", static_cast<double>(shape.columns()));
}

template <class Who, template <class> class Twin>
void add(const std::string& cell, Pass pass, const RecurrentShape& shape,
         const std::shared_ptr<Checks<Twin>>& checks) {
  const std::string name = cell + "/" + name_of(pass) + "/" + Who::name + "/" + shape.name();
  add_benchmark(name, Who::threads, [=](benchmark::State& state) {
    time_layer<Who, Twin>(state, pass, shape, *checks);
  });
}

/// Adds the rows of one cell.
/// \tparam Twin its naive layer of a scalar type
/// \tparam EigenLayer its layer on Eigen
/// \tparam Recurrent its layer of this library
template <template <class> class Twin, class EigenLayer, class Recurrent>
void add_rows(const std::string& cell, Index gates_of_unit) {
  const auto checks = std::make_shared<Checks<Twin>>();
  for (const Index steps : {20, 10, 40}) {
    for (const Index batch : {1, 16, 32, 64, 256}) {
      for (const Index input : {64, 128}) {
        for (const Index hidden : {64, 128, 256, 512, 1024}) {
          const RecurrentShape shape{steps, batch, input, hidden, gates_of_unit};
          for (const Pass pass : {Pass::forward_backward, Pass::forward, Pass::inference}) {
            add<ByTwin<Twin>>(cell, pass, shape, checks);
            add<OnEigen<EigenLayer>>(cell, pass, shape, checks);
            add<Packed<Recurrent, 1>>(cell, pass, shape, checks);
            add<Packed<Recurrent, 2>>(cell, pass, shape, checks);
          }
        }
      }
    }
  }
}

}  // namespace vaecollapse::bench

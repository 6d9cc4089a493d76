// One GRU layer over a batch: by the naive twins, on Eigen, and by this library (packed).
//   gru/<pass>/<who>/T:<steps>/B:<batch>/I:<input>/H:<hidden>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include <benchmark/benchmark.h>

#include "gru/check.hpp"
#include "gru/eigen_gru.hpp"
#include "gru/naive_gru.hpp"
#include "gru/packed_gru.hpp"
#include "gru/problem.hpp"
#include "support/meter.hpp"
#include "support/program.hpp"

namespace vaecollapse::bench {

// The naive twin is slow, and tells the same at every shape.
const char* const default_filter =
    "/(eigen|packed)/(T:20/B:(1|16|64|256)/I:64/H:(128|256|512)|T:(10|40)/B:64/I:64/H:256)$|"
    "/packed_2_threads/T:20/B:64/I:64/H:(128|256|512)/real_time$|"
    "/naive/T:20/B:16/I:64/H:128$";

namespace {

struct Naive {
  static constexpr const char* name = "naive";
  static constexpr int threads = 1;
  static NaiveGru<float> make(const GruData<float>& data, Team&) { return NaiveGru<float>(data); }
};

struct OnEigen {
  static constexpr const char* name = "eigen";
  static constexpr int threads = 1;
  static EigenGru make(const GruData<float>& data, Team&) { return EigenGru(data); }
};

template <int Threads>
struct Packed {
  static constexpr const char* name = Threads == 1 ? "packed" : "packed_2_threads";
  static constexpr int threads = Threads;
  static PackedGru make(const GruData<float>& data, Team& team) { return {data, team}; }
};

/// `forward` keeps what a backward pass needs, `inference` only the states.
enum class Pass { forward, forward_backward, inference };

const char* name_of(Pass pass) {
  return pass == Pass::forward            ? "forward"
         : pass == Pass::forward_backward ? "forward_backward"
                                          : "inference";
}

template <class G>
void run(G& gru, Pass pass) {
  switch (pass) {
    case Pass::forward:
      return gru.forward();
    case Pass::forward_backward:
      return gru.forward_backward();
    case Pass::inference:
      return gru.inference();
  }
}

/// Checks everyone once at each shape. The twin's results are kept for one shape at a time:
/// benchmarks of a shape stand together.
class Checks {
 public:
  template <class Who>
  std::string complaint(const GruShape& shape, Team& team) {
    const std::pair key(std::string(Who::name), shape);
    if (passed_.contains(key)) return "";
    if (check_ == nullptr || check_->data().shape != shape) {
      check_ = std::make_unique<GruCheck>(shape);
    }
    auto gru = Who::make(check_->data(), team);
    gru.forward_backward();
    std::string text = check_->complaint(gru.results());
    if (text.empty()) passed_.insert(key);
    return text;
  }

 private:
  std::unique_ptr<GruCheck> check_;
  std::set<std::pair<std::string, GruShape>> passed_;
};

template <class Who>
void time_gru(benchmark::State& state, Pass pass, const GruShape& shape, Checks& checks) {
  Team team(Who::threads);
  const std::string complaint = checks.complaint<Who>(shape, team);
  if (!complaint.empty()) return state.SkipWithError(complaint.c_str());
  const GruData<float> data(shape);
  auto gru = Who::make(data, team);
  Meter meter = measure(state, team, [&] { run(gru, pass); });
  const double passes = pass == Pass::forward_backward ? 3 : 1;
  meter.report_flops(passes * shape.forward_flops());
  meter.report_ns_per("ns_per_token", static_cast<double>(shape.columns()));
}

template <class Who>
void add(Pass pass, const GruShape& shape, const std::shared_ptr<Checks>& checks) {
  const std::string name =
      "gru/" + std::string(name_of(pass)) + "/" + Who::name + "/" + shape.name();
  add_benchmark(name, Who::threads,
                [=](benchmark::State& state) { time_gru<Who>(state, pass, shape, *checks); });
}

const bool registered = [] {
  const auto checks = std::make_shared<Checks>();
  for (const Index steps : {20, 10, 40}) {
    for (const Index batch : {1, 16, 32, 64, 256}) {
      for (const Index input : {64, 128}) {
        for (const Index hidden : {64, 128, 256, 512, 1024}) {
          const GruShape shape{steps, batch, input, hidden};
          for (const Pass pass : {Pass::forward_backward, Pass::forward, Pass::inference}) {
            add<Naive>(pass, shape, checks);
            add<OnEigen>(pass, shape, checks);
            add<Packed<1>>(pass, shape, checks);
            add<Packed<2>>(pass, shape, checks);
          }
        }
      }
    }
  }
  return true;
}();

}  // namespace

}  // namespace vaecollapse::bench

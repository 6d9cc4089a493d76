// The main of every benchmark program: Google Benchmark's, with our context, a default filter, and
// a status that tells when a benchmark failed its check.
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "support/context.hpp"
#include "support/program.hpp"

namespace {

/// Passes everything on, and remembers errors.
class Watching : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override { return reporter_->ReportContext(context); }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) failed_ = failed_ || run.error_occurred;
    reporter_->ReportRuns(runs);
  }
  void Finalize() override { reporter_->Finalize(); }

  bool failed() const { return failed_; }

 private:
  std::unique_ptr<BenchmarkReporter> reporter_{benchmark::CreateDefaultDisplayReporter()};
  bool failed_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  for (const auto& [name, value] : vaecollapse::bench::describe_context()) {
    benchmark::AddCustomContext(name, value);
  }
  const std::string chosen = benchmark::GetBenchmarkFilter();
  Watching reporter;
  const std::size_t matched = benchmark::RunSpecifiedBenchmarks(
      &reporter, chosen.empty() ? vaecollapse::bench::default_filter : chosen);
  benchmark::Shutdown();
  return matched == 0 || reporter.failed() ? 1 : 0;
}

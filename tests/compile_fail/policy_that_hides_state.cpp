// expect: a rate policy with `after_step` learns, so it needs `void visit(Visitor& visitor)`
#include <vaecollapse/objective/annealing.hpp>

namespace vc = vaecollapse;

struct Learns {
  vc::Report evaluate(const vc::Terms& terms, vc::Seeds& seeds) const {
    return vc::report_reconstruction("Learns", terms, seeds);
  }
  void after_step(const vc::Report& report) { last = report.rate; }
  double last = 0;
};

vc::Annealed objective(vc::LinearSchedule{}, Learns{});

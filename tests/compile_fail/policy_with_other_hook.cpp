// expect: the step hook of a rate policy is `void after_step(const Report& report)`
#include <vaecollapse/objective/annealing.hpp>

namespace vc = vaecollapse;

struct WrongHook {
  vc::Report evaluate(const vc::Terms& terms, vc::Seeds& seeds) const {
    return vc::report_reconstruction("WrongHook", terms, seeds);
  }
  void after_step(double*);
};

vc::Annealed objective(vc::LinearSchedule{}, WrongHook{});

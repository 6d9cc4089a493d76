// expect: a rate policy needs `Report evaluate(const Terms& terms, Seeds& seeds) const`
#include <vaecollapse/objective/annealing.hpp>

namespace vc = vaecollapse;

struct NotConst {
  vc::Report evaluate(const vc::Terms&, vc::Seeds&);
};

vc::Annealed objective(vc::LinearSchedule{}, NotConst{});

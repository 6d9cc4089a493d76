// expect: a controller needs `double weight() const`, the weight on the KL
#include <vaecollapse/objective/compose.hpp>
#include <vaecollapse/objective/elbo.hpp>

namespace vc = vaecollapse;

struct Owner {
  static constexpr int controllers = 1;
  double learnt = 1;
  vc::Report evaluate(const vc::Terms& terms, vc::Seeds& seeds) const {
    return vc::report_reconstruction("Owner", terms, seeds);
  }
  void after_step(const vc::Report&) {}
  void visit(vc::Visitor& visitor) { visitor("weight", learnt); }
};

vc::Controlled objective(Owner{}, vc::Elbo{});

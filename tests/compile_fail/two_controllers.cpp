// expect: at most one controller may own the weight of the KL: two would each undo what
#include <vaecollapse/objective/annealing.hpp>
#include <vaecollapse/objective/compose.hpp>

namespace vc = vaecollapse;

template <int>
struct Owner {
  static constexpr int controllers = 1;
  double learnt = 1;
  double weight() const { return learnt; }
  vc::Report evaluate(const vc::Terms& terms, vc::Seeds& seeds) const {
    return vc::report_reconstruction("Owner", terms, seeds);
  }
  void after_step(const vc::Report&) {}
  void visit(vc::Visitor& visitor) { visitor("weight", learnt); }
};

// The second one hides inside an annealed policy.
vc::Controlled objective(Owner<1>{}, vc::Annealed(vc::LinearSchedule{}, Owner<2>{}));

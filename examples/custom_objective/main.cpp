// A rate policy of one's own, in one's own namespace: a quadratic pull towards a target rate.
// Checks its seeds against a difference of its loss, and combines it with annealing.
#include <cstdio>

#include <vaecollapse/objective/annealing.hpp>
#include <vaecollapse/objective/any.hpp>

namespace vc = vaecollapse;

namespace mine {

/// (R - target)^2 / 2, R the mean KL. Stateless, so it needs no after_step and no visit.
struct QuadraticRate {
  double target;  // nats per word

  vc::Report evaluate(const vc::Terms& terms, vc::Seeds& seeds) const {
    vc::Report report = vc::report_reconstruction("QuadraticRate", terms, seeds);
    const double excess = report.rate - target;
    vc::fill(seeds.kl, excess / static_cast<double>(terms.batch()));
    report.penalty = excess * excess / 2;
    report.loss = report.nll + report.penalty;
    return report;
  }
};

}  // namespace mine

static_assert(vc::RatePolicy<mine::QuadraticRate>);

int main() {
  double kl[] = {1.0, 3.0, 2.0, 4.0}, nll[] = {7.0, 5.0}, dkl[4], dnll[2];
  const vc::Terms terms{{kl, 2, 2}, nll};  // two dimensions, two words
  vc::Seeds seeds{{dkl, 2, 2}, dnll};

  const mine::QuadraticRate policy{3.0};
  const double loss = policy.evaluate(terms, seeds).loss;
  const double seed = dkl[0];
  kl[0] += 1e-6;
  const double difference = (policy.evaluate(terms, seeds).loss - loss) / 1e-6;
  std::printf("loss %.3f, seed %.3f, difference %.3f\n", loss, seed, difference);

  vc::AnyObjective annealed =
      vc::Annealed(vc::LinearSchedule{.steps = 100}, mine::QuadraticRate{3.0});
  const vc::Report report = annealed.evaluate(terms, seeds);
  std::printf("annealed at step 0: penalty %.3f, weight %.3f\n", report.penalty, report.kl_weight);
}

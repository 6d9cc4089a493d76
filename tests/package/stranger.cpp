// A stranger's program: the smallest that needs all of the library and what it stands on.
#include <cstdio>

#include <Eigen/Core>

#include <vaecollapse/vaecollapse.hpp>

#ifdef WITH_IO
#include <nlohmann/json.hpp>

#include <vaecollapse/io/checkpoint.hpp>
#include <vaecollapse/runs/session.hpp>
#endif

int main() {
  namespace vc = vaecollapse;
  const vc::Index lengths[] = {2, 5, 3};
  const vc::SequencePlan plan(lengths);
  const Eigen::Vector3f ones = Eigen::Vector3f::Ones();
  std::printf("vaecollapse %s: %td columns, %td lanes\n", VAECOLLAPSE_VERSION_STRING,
              plan.columns(), vc::simd::lanes<float>);
  return plan.columns() == 10 && ones.sum() == 3.0f ? 0 : 1;
}

// expect: a schedule needs `double weight(std::uint64_t step) const`
#include <vaecollapse/objective/annealing.hpp>
#include <vaecollapse/objective/elbo.hpp>

struct Schedule {};

vaecollapse::Annealed objective(Schedule{}, vaecollapse::Elbo{});

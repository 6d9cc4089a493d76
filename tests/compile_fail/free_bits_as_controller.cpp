// expect: a controller learns in `void after_step(const Report& report)`
// Free bits is a gate: what it makes of the KL can be weighed, but it weighs nothing itself.
#include <vaecollapse/objective/compose.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>

namespace vc = vaecollapse;

vc::Controlled objective(vc::FreeBits<1>{60.0}, vc::Elbo{});

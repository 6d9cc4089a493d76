// expect: at most one controller may own the weight of the KL: two would each undo what
#include <vaecollapse/objective/compose.hpp>
#include <vaecollapse/objective/mdr.hpp>
#include <vaecollapse/objective/soft_free_bits.hpp>

namespace vc = vaecollapse;

vc::Controlled objective(vc::MDR<60>{}, vc::SoftFreeBits<60>{});

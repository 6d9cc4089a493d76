// expect to compile
#include <vaecollapse/core/literal.hpp>
#include <vaecollapse/core/view.hpp>

static_assert(vaecollapse::Number<2.5>{}.value() == 2.5);
static_assert(vaecollapse::View<float>(nullptr, 3, 4).shape().size() == 12);

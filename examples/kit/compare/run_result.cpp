#include "kit/compare/run_result.hpp"

#include <vaecollapse/core/check.hpp>

namespace kit {

void refuse_result(std::string_view file) {
  vaecollapse::raise(vaecollapse::InputError(file, 0, "something else",
                                             "the result of a run; remove it to run again"));
}

}  // namespace kit

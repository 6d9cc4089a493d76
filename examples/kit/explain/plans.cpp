// Plans of a training.
#include "kit/explain/explanation.hpp"

namespace kit {

std::vector<Explanation> plan_explanations() { return {}; }

}  // namespace kit

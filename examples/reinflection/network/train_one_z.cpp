#include "kit/network/training_of.hpp"
#include "network/networks.hpp"
#include "network/one_z.hpp"

namespace reinflection {

vaecollapse::SessionResult train_one_z(TrainingTask& task) {
  return kit::train_network<OneZ>(task);
}

}  // namespace reinflection

#include "kit/network/training_of.hpp"
#include "network/networks.hpp"
#include "network/places.hpp"

namespace reinflection {

vaecollapse::SessionResult train_places(TrainingTask& task) {
  return kit::train_network<Places>(task);
}

}  // namespace reinflection

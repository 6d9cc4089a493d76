#include "network/places.hpp"
#include "network/training_of.hpp"
#include "network/training_task.hpp"

namespace reinflection {

vaecollapse::SessionResult train_places(TrainingTask& task) { return train_network<Places>(task); }

}  // namespace reinflection

#include "network/one_z.hpp"
#include "network/training_of.hpp"
#include "network/training_task.hpp"

namespace reinflection {

vaecollapse::SessionResult train_one_z(TrainingTask& task) { return train_network<OneZ>(task); }

}  // namespace reinflection

#include "kit/network/training_of.hpp"
#include "network/networks.hpp"
#include "network/sentences.hpp"

namespace text_vae {

vaecollapse::SessionResult train_network(TrainingTask& task) {
  return kit::train_network<Sentences>(task);
}

}  // namespace text_vae

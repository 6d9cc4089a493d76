#include "kit/network/training_of.hpp"
#include "text_vae/network/networks.hpp"
#include "text_vae/network/sentences.hpp"

namespace text_vae {

vaecollapse::SessionResult train_network(TrainingTask& task) {
  return kit::train_network<Sentences>(task);
}

}  // namespace text_vae

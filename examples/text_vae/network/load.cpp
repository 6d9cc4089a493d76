#include <memory>

#include "network/loaded_of.hpp"
#include "network/networks.hpp"
#include "network/sentences.hpp"

namespace text_vae {

std::unique_ptr<LoadedSentences> load_network(const ModelSource& source) {
  return std::make_unique<LoadedSentencesOf<Sentences>>(source);
}

}  // namespace text_vae

#include <memory>

#include "text_vae/network/loaded_of.hpp"
#include "text_vae/network/networks.hpp"
#include "text_vae/network/sentences.hpp"

namespace text_vae {

std::unique_ptr<LoadedSentences> load_network(const ModelSource& source) {
  return std::make_unique<LoadedSentencesOf<Sentences>>(source);
}

}  // namespace text_vae

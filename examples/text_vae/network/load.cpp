#include <memory>

#include "kit/network/loaded_of.hpp"
#include "network/networks.hpp"
#include "network/sentences.hpp"

namespace text_vae {

std::unique_ptr<LoadedNetwork> load_network(const ModelSource& source) {
  return std::make_unique<kit::LoadedNetworkOf<Sentences>>(source);
}

}  // namespace text_vae

#include <memory>

#include "kit/network/loaded_of.hpp"
#include "network/networks.hpp"
#include "network/places.hpp"

namespace reinflection {

std::unique_ptr<LoadedNetwork> load_places(const ModelSource& source) {
  return std::make_unique<kit::LoadedNetworkOf<Places>>(source);
}

}  // namespace reinflection

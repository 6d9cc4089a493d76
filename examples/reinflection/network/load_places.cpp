#include <memory>

#include "network/loaded.hpp"
#include "network/loaded_of.hpp"
#include "network/places.hpp"

namespace reinflection {

std::unique_ptr<LoadedNetwork> load_places(const ModelSource& source) {
  return std::make_unique<LoadedNetworkOf<Places>>(source);
}

}  // namespace reinflection

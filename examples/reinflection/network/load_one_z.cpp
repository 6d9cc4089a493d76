#include <memory>

#include "kit/network/loaded_of.hpp"
#include "network/networks.hpp"
#include "network/one_z.hpp"

namespace reinflection {

std::unique_ptr<LoadedNetwork> load_one_z(const ModelSource& source) {
  return std::make_unique<kit::LoadedNetworkOf<OneZ>>(source);
}

}  // namespace reinflection

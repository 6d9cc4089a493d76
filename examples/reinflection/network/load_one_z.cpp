#include <memory>

#include "network/loaded.hpp"
#include "network/loaded_of.hpp"
#include "network/one_z.hpp"

namespace reinflection {

std::unique_ptr<LoadedNetwork> load_one_z(const ModelSource& source) {
  return std::make_unique<LoadedNetworkOf<OneZ>>(source);
}

}  // namespace reinflection

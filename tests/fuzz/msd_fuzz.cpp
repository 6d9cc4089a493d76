// Morphosyntactic descriptions: what is taken can be put together again, byte for byte.
#include <string>
#include <vector>

#include <vaecollapse/tasks/reinflection/msd.hpp>

#include "fuzz/support.hpp"

namespace vc = vaecollapse;
namespace reinflection = vaecollapse::reinflection;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view msd = fuzz::as_text(data, size);
  std::vector<reinflection::Tag> tags;
  if (const auto fault = reinflection::parse_msd(msd, tags)) {
    fuzz::require(!fault->found.empty() && !fault->expected.empty(), "a fault is described");
    fuzz::require(fault->found.size() < 200, "a fault is shown in few words");
    return 0;
  }
  std::string joined;
  for (const reinflection::Tag& tag : tags) joined += (joined.empty() ? "" : ",") + tag.name();
  fuzz::require(joined == msd, "tags are the whole description");
  return 0;
}

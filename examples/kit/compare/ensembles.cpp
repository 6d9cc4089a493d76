#include "kit/compare/ensembles.hpp"

#include <vaecollapse/core/hash.hpp>

namespace kit {

std::string ensemble_name(std::string_view method, std::size_t members) {
  return std::string(method) + ", ensemble of " + std::to_string(members);
}

std::filesystem::path ensemble_file(const std::filesystem::path& out, std::string_view method,
                                    const std::vector<PlannedRun>& members) {
  vaecollapse::Hash hash;
  for (const PlannedRun& run : members) hash.add(run.folder.filename().string() + "\n");
  hash.add(members.front().scoring);
  const std::string name =
      std::string(method) + "-" + std::to_string(members.size()) + "-" + to_string(hash) + ".json";
  return out / "ensembles" / name;
}

}  // namespace kit

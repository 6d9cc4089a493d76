#include "report/train_line.hpp"

#include <vaecollapse/optim/schedule.hpp>

#include "kit/shell.hpp"

namespace reinflection {

std::string train_command_line(Settings settings, const std::filesystem::path& folder,
                               std::optional<std::uint64_t> steps) {
  settings.out = folder.string();
  Settings defaults;
  if (steps) defaults.warmup = vaecollapse::default_warmup(*steps);
  return "reinflect train" + kit::given_options(setting_table, settings, defaults);
}

}  // namespace reinflection

#include "settings.hpp"

namespace reinflection {

void apply_compat(Settings& settings, const Setting& changed) {
  if (changed.name != "compat") return;
  for (const CompatSetting& one : compat_settings(settings.compat)) {
    setting_table.set(settings, *setting_table.find(one.setting), one.value);
  }
}

}  // namespace reinflection

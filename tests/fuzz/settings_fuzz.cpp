// config.json: what is taken is written in full and read again as the same settings.
#include "fuzz/support.hpp"
#include "settings.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reinflection;
  Settings settings;
  const auto read = [&] { setting_table.set_from_json(settings, "f", fuzz::as_text(data, size)); };
  if (!fuzz::takes(read, "f:")) return 0;
  const std::string written = setting_table.to_json(settings, kit::Content::all);
  Settings again;
  setting_table.set_from_json(again, "g", written);
  fuzz::require(again == settings, "settings survive");
  return 0;
}

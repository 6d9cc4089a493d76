// Figures in JSON, of which some may be missing.
#pragma once

#include <optional>

#include <nlohmann/json.hpp>

namespace kit {

/// null stands for a figure that there is none of, so that keys stay.
inline nlohmann::ordered_json number_or_null(const std::optional<double>& number) {
  return number ? nlohmann::ordered_json(*number) : nlohmann::ordered_json(nullptr);
}

}  // namespace kit

// Names that tensors had in the model files of former versions: the one place that knows them.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/io/safetensors_content.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

struct RenamedPrefix {
  std::string_view former, now;
};

/// One line for each change: until 0.1 the mixture prior was a part of the posterior.
inline constexpr std::array renamed_prefixes{RenamedPrefix{"posterior.prior.", "prior."}};

/// `name` with one beginning in the place of another; empty where it begins otherwise.
inline std::string with_beginning(std::string_view name, std::string_view from,
                                  std::string_view to) {
  if (!name.starts_with(from)) return {};
  return std::string(to).append(name.substr(from.size()));
}

}  // namespace detail

/// The tensor of a parameter, under its name or under the one that it had in files of former
/// versions; null where there is none.
inline const Tensor* find_parameter(const Safetensors& content, std::string_view name) {
  if (const Tensor* tensor = content.find(name)) return tensor;
  for (const auto& [former, now] : detail::renamed_prefixes) {
    const std::string other = detail::with_beginning(name, now, former);
    if (const Tensor* tensor = other.empty() ? nullptr : content.find(other)) return tensor;
  }
  return nullptr;
}
/// Would point into a temporary.
const Tensor* find_parameter(const Safetensors&&, std::string_view) = delete;  // give it a name

/// The parameter that a tensor of this name is for; null where the layout has none.
inline const Layout::Entry* find_entry(const Layout& layout, std::string_view tensor) {
  if (const Layout::Entry* entry = layout.find(tensor)) return entry;
  for (const auto& [former, now] : detail::renamed_prefixes) {
    const std::string other = detail::with_beginning(tensor, former, now);
    if (const auto* entry = other.empty() ? nullptr : layout.find(other)) return entry;
  }
  return nullptr;
}
/// Would point into a temporary.
const Layout::Entry* find_entry(const Layout&&, std::string_view) = delete;  // give it a name

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

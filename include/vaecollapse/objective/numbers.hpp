// The ranges of the numbers of a policy, and the error for a number outside them.
#pragma once

#include <string_view>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// At least 0 and finite; false for what is not a number.
constexpr bool is_amount(const double& value) { return is_finite(value) && value >= 0; }

/// Requires `is_amount`; `unit` is empty or begins with a blank. \throws Error
inline void require_amount(std::string_view policy, std::string_view name, double value,
                           std::string_view unit = {}) {
  if (is_amount(value)) return;
  detail::raise_error({policy, ": ", name, " is ", value, ", it must be at least 0", unit});
}

inline void require_rate(std::string_view policy, double rate) {
  require_amount(policy, "rate", rate, " nats");
}

}  // namespace detail

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

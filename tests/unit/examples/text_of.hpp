// What kept mistakes would tell their reader.
#pragma once

#include <string>

#include <vaecollapse/core/check.hpp>

#include "kit/mistakes.hpp"

/// The message of the mistakes; empty if there are none.
inline std::string text_of(const kit::Mistakes& mistakes) {
  try {
    mistakes.raise_if_any();
  } catch (const vaecollapse::Error& error) {
    return error.what();
  }
  return "";
}

// `reinflect diagnose`: whether z is used, and what the model makes of it.
#pragma once

#include <cstdint>
#include <string>

#include <vaecollapse/diagnose/diagnosis.hpp>

#include "row_format.hpp"

namespace reinflection {

struct DiagnoseArguments {
  std::string model;
  std::string data;
  GivenFormat format;
  std::string latent_data;  ///< forms to look at the latent space by; empty: the sources of data
  vaecollapse::DiagnosisOptions options;
  bool json = false;
  std::uint64_t threads = 0;
};

/// \return the program's exit status \throws Error
int diagnose_command(const DiagnoseArguments& arguments);

}  // namespace reinflection

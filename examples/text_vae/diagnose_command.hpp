// `text_vae diagnose`: whether z is used, and what the model makes of it.
#pragma once

#include <cstdint>
#include <string>

#include <vaecollapse/diagnose/diagnosis.hpp>

namespace text_vae {

struct DiagnoseArguments {
  std::string model;
  std::string data;
  vaecollapse::DiagnosisOptions options;
  bool json = false;
  std::uint64_t threads = 0;
};

/// \return the program's exit status, as that of `reinflect diagnose` \throws Error
int diagnose_command(const DiagnoseArguments& arguments);

}  // namespace text_vae

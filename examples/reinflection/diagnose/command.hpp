// `reinflect diagnose`: whether z is used, and what the model makes of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <vaecollapse/diagnose/diagnosis.hpp>
#include <vaecollapse/diagnose/groupings.hpp>

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

/// The diagnosis as a JSON object, or as lines to read.
std::string to_json(const vaecollapse::Diagnosis& diagnosis,
                    const std::vector<vaecollapse::Grouping>& groupings);
std::string to_text(const vaecollapse::Diagnosis& diagnosis,
                    const std::vector<vaecollapse::Grouping>& groupings);

/// Of z alone, whether or not the task is learnt. 0: healthy; 3: z is not used, whatever the rate
/// and the cause; 4: used but unhealthy, or not known.
int status_of(const vaecollapse::Verdict& verdict);

/// \return the program's exit status \throws Error
int diagnose_command(const DiagnoseArguments& arguments);

}  // namespace reinflection

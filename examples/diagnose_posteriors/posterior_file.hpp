// The file that diagnose_posteriors reads: safetensors whose names say what each tensor is.
#pragma once

#include <string>
#include <vector>

#include <vaecollapse/diagnose/stored_posteriors.hpp>

namespace posteriors {

/// A tensor that the file could have had, and what it would show.
struct AbsentTensor {
  std::string name, shows;
};

struct PosteriorFile {
  vaecollapse::StoredPosteriors stored;
  std::vector<AbsentTensor> absent;
  std::vector<std::string> passed_over;  ///< names that are not known, with what they may mean
};

/// \throws InputError with the file, what was found and what was expected
PosteriorFile read_posteriors(const std::string& path);

/// The names, shapes and meanings of all tensors, a line each.
std::string tensor_help();

}  // namespace posteriors

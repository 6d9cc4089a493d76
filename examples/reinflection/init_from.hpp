// `train --init-from`: a run that begins with the weights of another, as far as they fit.
#pragma once

#include <filesystem>
#include <string>

#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>

#include "model_file.hpp"

namespace reinflection {

/// The layout of the model that a description asks for.
using LayoutOf = vaecollapse::Layout (*)(const Description&);

/// Puts the weights of the run or file `from` into `parameters`, those of the model that
/// `description` asks for, as `kit::take_weights`: of what has a column or a row for each symbol or
/// tag those that both models know. \return a line about it \throws InputError
std::string take_weights(const std::filesystem::path& from, const Description& description,
                         LayoutOf layout_of, vaecollapse::Parameters<float>& parameters);

}  // namespace reinflection

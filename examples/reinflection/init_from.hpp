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
/// `description` asks for: tensors of the same name and shape, and of what has a column or a row
/// for each symbol or tag those that both models know, wherever they stand. The rest stays as it
/// is. \return a line that says how much was taken, and names what was not \throws InputError for
/// what is no model, for weights that are not finite, and where nothing fits; the parameters are
/// then as they were
std::string take_weights(const std::filesystem::path& from, const Description& description,
                         LayoutOf layout_of, vaecollapse::Parameters<float>& parameters);

}  // namespace reinflection

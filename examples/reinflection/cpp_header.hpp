// A trained model as one C++ header: its weights as constexpr arrays, and plain loops that use
// them (export/runtime.hpp), for programs that have neither this library nor Eigen.
#pragma once

#include <string>
#include <string_view>

#include <vaecollapse/io/safetensors.hpp>

namespace reinflection {

/// The header's text. It defines `NAME::model` and `NAME::inflect(source, msd)`, the first guess of
/// greedy search. The same model gives the same text. It may be included twice, from several
/// sources, and beside the headers of other models.
/// \param file names the content in errors
/// \throws InputError for what is no model of the trainer, for one with a setting that changes what
/// it computes and that a header does not hold (attention, heads=relu, ...), for tensors of another
/// shape, for a weight that is not finite; and Error for a name that C++ does not take
std::string to_cpp_header(std::string_view file, const vaecollapse::Safetensors& content,
                          std::string_view name);

}  // namespace reinflection

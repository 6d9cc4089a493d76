// Models as safetensors files: the parameters by name, as PyTorch would have them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/io/former_names.hpp>
#include <vaecollapse/io/own_files.hpp>
#include <vaecollapse/io/safetensors.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The shape in a file of a column-major shape in memory: the same bytes read row-major, so the
/// extents stand in reverse order, and a weight [I x O] is PyTorch's [O, I].
inline FileShape file_shape(const AnyShape& shape) {
  FileShape reversed;
  for (int axis = shape.rank; axis-- > 0;) {
    reversed.push_back(shape.extents[static_cast<std::size_t>(axis)]);
  }
  return reversed;
}

/// What the file of a model holds: its values, one tensor for each entry of its layout.
template <class Scalar>
Safetensors model_content(const Parameters<Scalar>& parameters, Metadata metadata = {}) {
  Safetensors content{detail::with_own(std::move(metadata), "model"), {}};
  for (const Layout::Entry& entry : parameters.layout().entries()) {
    content.tensors.push_back(
        make_tensor<Scalar>(entry.name, file_shape(entry.shape), parameters.values(entry)));
  }
  return content;
}

/// Writes a model, all or nothing. \throws Error naming the path and the reason
template <class Scalar>
void save_parameters(const std::filesystem::path& path, const Parameters<Scalar>& parameters,
                     Metadata metadata = {}) {
  write_safetensors(path, model_content(parameters, std::move(metadata)));
}

/// Whether the content of a file, which `file` names in errors, is the values of a layout. To be
/// asked before `Parameters` are made where the layout comes from the file, too: text can claim any
/// size, and only tensors of that size prove it. A file of another tool, without this library's
/// metadata, is taken if its tensors fit: of narrower floating types too, which are widened, and
/// beside tensors of other types that the layout has not, such as counters of batches. Names of
/// former versions are known.
/// \throws InputError naming the first tensor of the layout that is missing or differs, or one of
/// a floating type that the layout has not
template <class Scalar>
void check_parameters(std::string_view file, const Safetensors& content, const Layout& layout) {
  if (content.metadata.count(detail::kind_key) != 0) {
    detail::check_kind(file, content.metadata, "model");
  }
  for (const Layout::Entry& entry : layout.entries()) {
    const Tensor* found = find_parameter(content, entry.name);
    (void)detail::require_tensor(file, content, found != nullptr ? found->name : entry.name,
                                 dtype_of<Scalar>(), file_shape(entry.shape),
                                 detail::Types::convertible);
  }
  for (const Tensor& tensor : content.tensors) {
    if (is_floating(tensor.dtype) && find_entry(layout, tensor.name) == nullptr) {
      detail::refuse_input(file, {"tensor ", detail::in_quotes(tensor.name)},
                           {"only what the model has"});
    }
  }
}

/// Fills a model from the content of a file: `read_safetensors` comes first, because the metadata
/// may tell which model to build.
/// \throws InputError as `check_parameters`; the parameters are then as they were
template <class Scalar>
void load_parameters(std::string_view file, const Safetensors& content,
                     Parameters<Scalar>& parameters) {
  check_parameters<Scalar>(file, content, parameters.layout());
  for (const Layout::Entry& entry : parameters.layout().entries()) {
    copy_values(*find_parameter(content, entry.name), parameters.values(entry));
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

// Models and checkpoints as safetensors files. A model holds the parameters by name, as PyTorch
// would; a checkpoint holds all that `visit` shows, to go on training from.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/io/safetensors.hpp>
#include <vaecollapse/version.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// A file of a format that this version does not know yet: it is whole, but not for us.
class NewerFormatError : public InputError {
  using InputError::InputError;
};

namespace detail {

/// What a file of ours says of itself, beside the caller's own metadata.
inline constexpr std::string_view own_prefix = "vaecollapse_";
inline constexpr const char* kind_key = "vaecollapse_kind";
inline constexpr const char* format_key = "vaecollapse_format";
inline constexpr const char* version_key = "vaecollapse_version";
inline constexpr const char* checksum_key = "vaecollapse_checksum";

/// Raised when a file of this format could not be read by the library of the format before.
inline constexpr std::uint64_t format_version = 1;

inline std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value);
  if (failure != std::errc() || stop != end) return std::nullopt;
  return value;
}

inline Metadata with_own(Metadata metadata, std::string_view kind) {
  for (const auto& [key, value] : metadata) {
    if (std::string_view(key).starts_with(own_prefix)) {
      raise(Error("metadata " + in_quotes(key) + ": names that begin with " +
                  std::string(own_prefix) + " are the library's own"));
    }
  }
  metadata[kind_key] = std::string(kind);
  metadata[format_key] = std::to_string(format_version);
  metadata[version_key] = VAECOLLAPSE_VERSION_STRING;
  return metadata;
}

inline Metadata without_own(Metadata metadata) {
  std::erase_if(metadata, [](const auto& entry) {
    return std::string_view(entry.first).starts_with(own_prefix);
  });
  return metadata;
}

/// Refuses another kind of file and formats of the future.
inline void check_kind(std::string_view file, const Metadata& metadata, std::string_view kind) {
  const auto fail = [file](const std::string& found, const std::string& expected) {
    raise(InputError(file, 0, found, expected));
  };
  const auto value = [&metadata](const char* key) {
    const auto found = metadata.find(key);
    return found == metadata.end() ? std::string() : found->second;
  };
  const std::string expected = "a " + std::string(kind) + " of vaecollapse";
  if (metadata.count(kind_key) == 0) fail("no metadata " + in_quotes(kind_key), expected);
  if (value(kind_key) != kind) fail("the kind " + in_quotes(value(kind_key)), expected);
  const auto format = whole_number(value(format_key));
  if (!format) fail("the format " + in_quotes(value(format_key)), "a whole number");
  if (*format > format_version) {
    raise(NewerFormatError(file, 0,
                           "format " + std::to_string(*format) + ", written by version " +
                               in_quotes(value(version_key)),
                           "at most format " + std::to_string(format_version) + ", which version " +
                               VAECOLLAPSE_VERSION_STRING + " reads"));
  }
}

/// Of all that a file holds but itself, so that damage is found wherever it is.
inline std::string checksum(const Safetensors& content) {
  Hash hash;
  for (const auto& [key, value] : content.metadata) {
    if (key == checksum_key) continue;
    hash.add(key);
    hash.add(value);
  }
  for (const Tensor* tensor : file_order(content.tensors)) {
    hash.add(tensor->name);
    hash.add(to_string(tensor->dtype));
    hash.add(to_string(tensor->shape));
    hash.add(tensor->bytes);
  }
  return to_string(hash);
}

inline void check_checksum(std::string_view file, const Safetensors& content) {
  const auto found = content.metadata.find(checksum_key);
  const std::string sum = checksum(content);
  if (found == content.metadata.end()) {
    raise(InputError(file, 0, "no metadata " + in_quotes(checksum_key), in_quotes(sum)));
  }
  if (found->second != sum) {
    raise(InputError(file, 0, "damaged content, of checksum " + in_quotes(sum),
                     in_quotes(found->second)));
  }
}

/// `F32 [64, 128]`, for messages.
inline std::string described(Dtype dtype, const FileShape& shape) {
  return std::string(to_string(dtype)) + " " + to_string(shape);
}

/// The tensor `name` of a file, which must have this type and shape.
inline const Tensor& require_tensor(std::string_view file, const Safetensors& content,
                                    const std::string& name, Dtype dtype, const FileShape& shape) {
  const std::string expected = described(dtype, shape);
  const Tensor* tensor = content.find(name);
  if (tensor == nullptr) {
    raise(InputError(file, 0, "no tensor " + in_quotes(name), "one of " + expected));
  }
  if (tensor->dtype != dtype || tensor->shape != shape) {
    raise(InputError(
        file, 0, "tensor " + in_quotes(name) + " to be " + described(tensor->dtype, tensor->shape),
        expected));
  }
  return *tensor;
}

}  // namespace detail

/// Collects what `visit` shows: a number becomes a scalar tensor, a buffer a vector.
class Saver final : public Visitor {
 public:
  void operator()(std::string_view name, std::uint64_t& value) override {
    add<std::uint64_t>(name, {}, {&value, 1});
  }
  void operator()(std::string_view name, double& value) override {
    add<double>(name, {}, {&value, 1});
  }
  void operator()(std::string_view name, std::span<float> values) override {
    add<float>(name, {static_cast<std::int64_t>(values.size())}, values);
  }
  void operator()(std::string_view name, std::span<double> values) override {
    add<double>(name, {static_cast<std::int64_t>(values.size())}, values);
  }

  /// All that was shown so far.
  std::vector<Tensor> tensors;

 private:
  template <class T>
  void add(std::string_view name, FileShape shape, std::span<const T> values) {
    tensors.push_back(make_tensor<T>(std::string(name), std::move(shape), values));
  }
};

/// Compares what `visit` shows with a file, and in the writing pass fills it from there.
class Loader final : public Visitor {
 public:
  enum class Pass { check, write };

  /// \param file names the content in errors; both must outlive the loader
  Loader(std::string_view file, const Safetensors& content, Pass pass)
      : file_(file), content_(content), pass_(pass) {}

  void operator()(std::string_view name, std::uint64_t& value) override {
    take<std::uint64_t>(name, {}, {&value, 1});
  }
  void operator()(std::string_view name, double& value) override {
    take<double>(name, {}, {&value, 1});
  }
  void operator()(std::string_view name, std::span<float> values) override {
    take<float>(name, {static_cast<std::int64_t>(values.size())}, values);
  }
  void operator()(std::string_view name, std::span<double> values) override {
    take<double>(name, {static_cast<std::int64_t>(values.size())}, values);
  }

  /// \throws InputError if the file holds a tensor that was not asked for
  void finish() const {
    for (const Tensor& tensor : content_.tensors) {
      if (taken_.count(tensor.name) == 0) {
        raise(InputError(file_, 0, "tensor " + detail::in_quotes(tensor.name),
                         "only what the program's state has"));
      }
    }
  }

 private:
  template <class T>
  void take(std::string_view name, const FileShape& shape, std::span<T> values) {
    const Tensor& tensor =
        detail::require_tensor(file_, content_, std::string(name), dtype_of<T>(), shape);
    taken_.insert(tensor.name);
    if (pass_ == Pass::write) copy_values(tensor, values);
  }

  std::string_view file_;
  const Safetensors& content_;
  Pass pass_;
  std::set<std::string_view> taken_;
};

/// Writes all that `state` shows, and `metadata`, to one file with a checksum, all or nothing.
/// \throws Error naming the path and the reason
template <Visitable State>
void save_checkpoint(const std::filesystem::path& path, State& state, Metadata metadata = {}) {
  Saver saver;
  state.visit(saver);
  Safetensors content{detail::with_own(std::move(metadata), "checkpoint"),
                      std::move(saver.tensors)};
  content.metadata[detail::checksum_key] = detail::checksum(content);
  write_safetensors(path, content);
}

/// Reads a checkpoint whole, for who wants to look at its metadata before `load_state`.
/// \throws NewerFormatError; InputError for any other file that is not a checkpoint, or damaged
inline Safetensors read_checkpoint(const std::filesystem::path& path) {
  const std::string file = path.string();
  Safetensors content = read_safetensors(path);
  detail::check_kind(file, content.metadata, "checkpoint");
  detail::check_checksum(file, content);
  return content;
}

/// The version of the library that wrote a file; empty for a file of another tool.
inline std::string library_version(const Metadata& metadata) {
  const auto found = metadata.find(detail::version_key);
  return found == metadata.end() ? std::string() : found->second;
}

/// Fills `state` from the content of a checkpoint, which `file` names in errors. Buffers must have
/// their final length before: an optimiser is prepared first.
/// \throws InputError if a name is missing or too many, or a length or type differs; `state` is
/// then as it was
template <Visitable State>
void load_state(std::string_view file, const Safetensors& content, State& state) {
  Loader check(file, content, Loader::Pass::check);
  state.visit(check);
  check.finish();
  Loader write(file, content, Loader::Pass::write);
  state.visit(write);
}

/// Both in one: fills `state` from a file and returns the metadata it was saved with.
/// \throws InputError as `read_checkpoint` and `load_state`
template <Visitable State>
Metadata load_checkpoint(const std::filesystem::path& path, State& state) {
  Safetensors content = read_checkpoint(path);
  load_state(path.string(), content, state);
  return detail::without_own(std::move(content.metadata));
}

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
/// metadata, is taken if its tensors fit.
/// \throws InputError naming the first tensor of the layout that is missing or differs, or one
/// that the layout has not
template <class Scalar>
void check_parameters(std::string_view file, const Safetensors& content, const Layout& layout) {
  if (content.metadata.count(detail::kind_key) != 0) {
    detail::check_kind(file, content.metadata, "model");
  }
  for (const Layout::Entry& entry : layout.entries()) {
    (void)detail::require_tensor(file, content, entry.name, dtype_of<Scalar>(),
                                 file_shape(entry.shape));
  }
  for (const Tensor& tensor : content.tensors) {
    if (layout.find(tensor.name) == nullptr) {
      raise(InputError(file, 0, "tensor " + detail::in_quotes(tensor.name),
                       "only what the model has"));
    }
  }
}

/// Fills a model from the content of a file: `read_safetensors` comes first, because the metadata
/// may say which model to build.
/// \throws InputError as `check_parameters`; the parameters are then as they were
template <class Scalar>
void load_parameters(std::string_view file, const Safetensors& content,
                     Parameters<Scalar>& parameters) {
  check_parameters<Scalar>(file, content, parameters.layout());
  for (const Layout::Entry& entry : parameters.layout().entries()) {
    copy_values(*content.find(entry.name), parameters.values(entry));
  }
}

/// `checkpoint-<step>.safetensors` in `folder`.
inline std::filesystem::path checkpoint_path(const std::filesystem::path& folder,
                                             std::uint64_t step) {
  return folder / ("checkpoint-" + std::to_string(step) + ".safetensors");
}

namespace detail {

/// The step in a file name that `checkpoint_path` makes; none in any other name.
inline std::optional<std::uint64_t> checkpoint_step(const std::filesystem::path& path) {
  constexpr std::string_view before = "checkpoint-", after = ".safetensors";
  const std::string name = path.filename().string();
  std::string_view digits = name;
  if (!digits.starts_with(before) || !digits.ends_with(after)) return std::nullopt;
  digits.remove_prefix(before.size());
  digits.remove_suffix(after.size());
  const auto step = whole_number(digits);
  if (!step || std::to_string(*step) != digits) return std::nullopt;
  return step;
}

}  // namespace detail

/// Whether a file of this name is a checkpoint.
inline bool is_checkpoint_name(const std::filesystem::path& path) {
  return detail::checkpoint_step(path).has_value();
}

namespace detail {

/// The steps of the checkpoints in `folder`, rising; none where there is no such folder.
inline std::vector<std::uint64_t> checkpoint_steps(const std::filesystem::path& folder) {
  std::vector<std::uint64_t> steps;
  std::error_code failure;
  std::filesystem::directory_iterator entry(folder, failure);
  if (failure == std::errc::no_such_file_or_directory) return steps;
  for (const std::filesystem::directory_iterator end; !failure && entry != end;
       entry.increment(failure)) {
    const auto step = checkpoint_step(entry->path());
    std::error_code unknown;
    if (step && entry->is_regular_file(unknown)) steps.push_back(*step);
  }
  if (failure) {
    raise(InputError(folder.string(), 0, "no readable folder (" + failure.message() + ")",
                     "a folder for checkpoints"));
  }
  std::sort(steps.begin(), steps.end());
  return steps;
}

}  // namespace detail

/// The checkpoints in `folder`, the latest first; none where there is no such folder.
/// \throws InputError for a folder that cannot be read
inline std::vector<std::filesystem::path> checkpoints_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const std::uint64_t step : detail::checkpoint_steps(folder)) {
    paths.push_back(checkpoint_path(folder, step));
  }
  std::reverse(paths.begin(), paths.end());
  return paths;
}

/// The checkpoint of the latest step in `folder`; none where there is no checkpoint or no such
/// folder. \throws InputError for a folder that cannot be read
inline std::optional<std::filesystem::path> latest_checkpoint(const std::filesystem::path& folder) {
  const auto paths = checkpoints_in(folder);
  if (paths.empty()) return std::nullopt;
  return paths.front();
}

/// Removes all but the `keep` latest checkpoints of `folder` and that of step `also`, and touches
/// no other file. \throws Error for a folder that cannot be read or a file that cannot be removed
inline void prune_checkpoints(const std::filesystem::path& folder, std::size_t keep = 2,
                              std::optional<std::uint64_t> also = std::nullopt) {
  const std::vector<std::uint64_t> steps = detail::checkpoint_steps(folder);
  for (std::size_t i = 0; i + keep < steps.size(); ++i) {
    if (steps[i] != also) remove_file(checkpoint_path(folder, steps[i]));
  }
}

/// Removes the checkpoints of all steps after `step`. \throws Error as `prune_checkpoints`
inline void remove_checkpoints_after(const std::filesystem::path& folder, std::uint64_t step) {
  for (const std::uint64_t other : detail::checkpoint_steps(folder)) {
    if (other > step) remove_file(checkpoint_path(folder, other));
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

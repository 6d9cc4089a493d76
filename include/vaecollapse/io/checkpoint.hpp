// Checkpoints as safetensors files: all that `visit` shows, to go on training from. This header
// gives models (io/model.hpp) and folders of checkpoints (io/checkpoint_folder.hpp) too.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/io/checkpoint_folder.hpp>
#include <vaecollapse/io/model.hpp>
#include <vaecollapse/io/own_files.hpp>
#include <vaecollapse/io/safetensors.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// The checksum of everything in a file but itself, so that it shows damage anywhere.
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

  void optional(std::string_view name, std::span<double> values) override {
    const bool is_zero =
        std::all_of(values.begin(), values.end(), [](double value) { return value == 0; });
    if (!is_zero) (*this)(name, values);
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

  void optional(std::string_view name, std::span<double> values) override {
    if (content_.find(name) != nullptr) {
      (*this)(name, values);
    } else if (pass_ == Pass::write) {
      std::fill(values.begin(), values.end(), 0.0);
    }
  }

  /// \throws InputError if the file holds a tensor that was not asked for
  void finish() const {
    if (!content_.skipped.empty()) {
      const SkippedTensor& tensor = content_.skipped.front();
      raise(InputError(file_, 0,
                       "tensor " + detail::in_quotes(tensor.name) + " of type " +
                           detail::in_quotes(tensor.dtype),
                       "only what the program's state has"));
    }
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

/// Reads a whole checkpoint, for callers that look at its metadata before `load_state`.
/// \throws NewerFormatError; InputError for any other file that is not a checkpoint, or damaged
inline Safetensors read_checkpoint(const std::filesystem::path& path) {
  const std::string file = path.string();
  Safetensors content = read_safetensors(path);
  detail::check_kind(file, content.metadata, "checkpoint");
  detail::check_checksum(file, content);
  return content;
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

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

#include "kit/init_from.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/io/former_names.hpp>
#include <vaecollapse/io/model.hpp>
#include <vaecollapse/runs/run_folder.hpp>

#include "kit/counted.hpp"

namespace kit {

namespace {

using vaecollapse::FileShape;
using vaecollapse::Index;
using vaecollapse::InputError;
using vaecollapse::Layout;
using vaecollapse::raise;
using vaecollapse::Tensor;
using vaecollapse::Vocabulary;

/// The axis that grows with the ids; the rank where none does.
std::size_t growing_axis(const Layout::Entry& entry, const Layout& grown) {
  const Layout::Entry* larger = grown.find(entry.name);
  std::size_t axis = 0;
  const auto rank = static_cast<std::size_t>(entry.shape.rank);
  while (axis < rank && entry.shape.extents[axis] == larger->shape.extents[axis]) ++axis;
  return axis;
}

/// Copies weights from a file, and keeps what there is to say of it.
class Taking {
 public:
  Taking(std::string file, const std::vector<NamedIds>& ids, const FindPlaces& find_places,
         const vaecollapse::Parameters<float>& parameters)
      : file_(std::move(file)),
        content_(vaecollapse::read_safetensors(file_)),
        ids_(ids),
        parameters_(parameters) {
    if (!vaecollapse::library_version(content_.metadata).empty()) {
      vaecollapse::detail::check_kind(file_, content_.metadata, "model");
    }
    places_ = find_places(file_, content_.metadata);
  }

  /// \return the parameters with what fits
  vaecollapse::Parameters<float> take() {
    const std::vector<Layout::Entry> entries = parameters_.layout().entries();
    for (const Layout::Entry& entry : entries) {
      const std::string fault = take(entry);
      if (fault.empty()) {
        ++taken_;
      } else {
        left_.append(left_.empty() ? "" : ", ").append(entry.name).append(fault);
      }
    }
    for (const Tensor& tensor : content_.tensors) {
      if (vaecollapse::find_entry(parameters_.layout(), tensor.name) != nullptr) continue;
      left_.append(left_.empty() ? "" : ", ").append(tensor.name).append(" (not in this model)");
    }
    if (taken_ == 0) {
      raise(InputError(file_, 0, "no weights that fit (" + left_ + ")",
                       "tensors with the names and shapes of this model"));
    }
    return parameters_;
  }

  std::string line() const {
    std::string text = "begins with " + std::to_string(taken_) + " of " +
                       counted(parameters_.layout().entries().size(), "tensor") + " of " + file_;
    for (std::size_t i = 0; places_ && i < ids_.size(); ++i) {
      const Places& places = (*places_)[i];
      text += (i == 0 ? ", which knows " : " and ") + std::to_string(places.known()) + " of " +
              counted(places.of.size(), ids_[i].noun);
    }
    return text + (left_.empty() ? "" : "; not taken: " + left_);
  }

 private:
  /// `symbols and tags`.
  std::string nouns() const {
    std::string text;
    for (const NamedIds& one : ids_) text += (text.empty() ? "" : " and ") + one.noun + "s";
    return text;
  }

  /// \return why it was not taken; empty if it was
  std::string take(const Layout::Entry& entry) {
    const Tensor* tensor = vaecollapse::find_parameter(content_, entry.name);
    if (tensor == nullptr) {
      const bool is_skipped = content_.find_skipped(entry.name) != nullptr;
      return is_skipped ? " (of a type that is not read)" : " (not in the file)";
    }
    const auto rank = static_cast<std::size_t>(entry.shape.rank);
    std::size_t kind = 0, axis = rank;
    for (; kind < ids_.size(); ++kind) {
      axis = growing_axis(entry, ids_[kind].grown);
      if (axis < rank) break;
    }
    const bool is_named = axis < rank;
    if (is_named && !places_) return " (the file does not say of which " + nouns() + ")";
    vaecollapse::AnyShape shape = entry.shape;
    const Places* places = is_named ? &(*places_)[kind] : nullptr;
    if (is_named && places->size_there == 0) {
      return " (the file knows no " + ids_[kind].noun + "s)";
    }
    if (is_named) shape.extents[axis] = places->size_there;
    const FileShape expected = vaecollapse::file_shape(shape);
    if (tensor->shape != expected || !converts_exactly(tensor->dtype, vaecollapse::Dtype::f32)) {
      return " (" + vaecollapse::detail::described(tensor->dtype, tensor->shape) + " there, " +
             vaecollapse::detail::described(vaecollapse::Dtype::f32, expected) + " here)";
    }
    const std::vector<float> there = values_of(*tensor, shape.size());
    if (is_named) {
      copy_places(there, entry, axis, *places);
    } else {
      std::copy(there.begin(), there.end(), parameters_.values(entry).begin());
    }
    return "";
  }

  std::vector<float> values_of(const Tensor& tensor, Index size) const {
    std::vector<float> values(static_cast<std::size_t>(size));
    vaecollapse::copy_values(tensor, std::span<float>(values));
    if (!std::all_of(values.begin(), values.end(),
                     [](const float& x) { return vaecollapse::is_finite(x); })) {
      raise(InputError(file_, 0, "a weight in \"" + tensor.name + "\" that is not finite",
                       "numbers"));
    }
    return values;
  }

  /// Copies what both know along one axis.
  void copy_places(std::span<const float> there, const Layout::Entry& entry, std::size_t axis,
                   const Places& places) {
    const std::span<float> here = parameters_.values(entry);
    std::size_t inner = 1;
    for (std::size_t i = 0; i < axis; ++i) {
      inner *= static_cast<std::size_t>(entry.shape.extents[i]);
    }
    const std::size_t count = places.of.size();
    const auto count_there = static_cast<std::size_t>(places.size_there);
    for (std::size_t outer = 0; outer < here.size() / (inner * count); ++outer) {
      for (std::size_t i = 0; i < count; ++i) {
        if (!places.of[i]) continue;
        const std::size_t from = outer * count_there + static_cast<std::size_t>(*places.of[i]);
        const auto part = there.subspan(from * inner, inner);
        std::copy(part.begin(), part.end(), here.subspan((outer * count + i) * inner).begin());
      }
    }
  }

  std::string file_;
  vaecollapse::Safetensors content_;
  const std::vector<NamedIds>& ids_;
  vaecollapse::Parameters<float> parameters_;
  std::optional<std::vector<Places>> places_;
  std::size_t taken_ = 0;
  std::string left_;
};

}  // namespace

Index Places::known() const {
  return std::count_if(of.begin(), of.end(), [](const auto& one) { return one.has_value(); });
}

Places places_of(const Vocabulary& here, const Vocabulary& there) {
  Places places{{}, there.symbols()};
  for (vaecollapse::Symbol id = 0; id < here.symbols(); ++id) {
    const bool is_special = id < Vocabulary::first_character;
    const vaecollapse::Symbol other = is_special ? id : there.id(here.character(id));
    const bool is_known = is_special || other != Vocabulary::unknown;
    places.of.push_back(is_known ? std::optional<Index>(other) : std::nullopt);
  }
  return places;
}

Vocabulary with_one_more(const Vocabulary& vocabulary) {
  std::u32string characters = vocabulary.characters();
  char32_t other = U'a';
  while (vocabulary.contains(other)) ++other;
  return Vocabulary(characters + other);
}

std::string take_weights(const std::filesystem::path& from, const std::vector<NamedIds>& ids,
                         const FindPlaces& find_places,
                         vaecollapse::Parameters<float>& parameters) {
  Taking taking(vaecollapse::find_model(from).string(), ids, find_places, parameters);
  const vaecollapse::Parameters<float> filled = taking.take();
  std::copy(filled.values().begin(), filled.values().end(), parameters.values().begin());
  return taking.line();
}

}  // namespace kit

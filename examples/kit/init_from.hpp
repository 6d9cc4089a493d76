// `train --init-from`: a run that begins with the weights of another, as far as they fit. What the
// ids of a model mean, its program says.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/io/safetensors.hpp>

namespace kit {

/// Where another model has each id of this one; nothing for what it does not know.
struct Places {
  std::vector<std::optional<vaecollapse::Index>> of;
  vaecollapse::Index size_there = 0;

  vaecollapse::Index known() const;
};

Places places_of(const vaecollapse::Vocabulary& here, const vaecollapse::Vocabulary& there);

/// Ids that some tensors have a column or a row for, each.
struct NamedIds {
  std::string noun;           ///< its plural ends in s
  vaecollapse::Layout grown;  ///< of this model, if there were one id more
};

/// The same with one character more, for `NamedIds`.
vaecollapse::Vocabulary with_one_more(const vaecollapse::Vocabulary& vocabulary);

/// The places of all ids, in the order of `ids`; none if the metadata of `file` do not tell them.
using FindPlaces = std::function<std::optional<std::vector<Places>>(
    const std::string& file, const vaecollapse::Metadata& metadata)>;

/// Puts the weights of the run or file `from` into `parameters`: tensors of the same name and
/// shape, and of what has a column or a row for each id those that both models know, wherever they
/// stand. The rest stays as it is. \return a line that says how much was taken, and names what was
/// not \throws InputError for what is no model, for weights that are not finite, and where nothing
/// fits; the parameters are then as they were
std::string take_weights(const std::filesystem::path& from, const std::vector<NamedIds>& ids,
                         const FindPlaces& find_places, vaecollapse::Parameters<float>& parameters);

}  // namespace kit

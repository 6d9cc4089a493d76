#include "init_from.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "kit/init_from.hpp"

namespace reinflection {

namespace {

using vaecollapse::Index;
using vaecollapse::reinflection::Features;

kit::Places places_of(const Features& here, const Features& there) {
  kit::Places places{{}, there.size()};
  for (const std::string& name : here.names()) {
    const vaecollapse::Symbol other = there.id(name);
    places.of.push_back(other == vaecollapse::no_symbol ? std::nullopt
                                                        : std::optional<Index>(other));
  }
  return places;
}

/// The same with one character more.
Description with_one_symbol_more(Description description) {
  description.vocabulary = kit::with_one_more(description.vocabulary);
  return description;
}

Description with_one_tag_more(Description description) {
  std::vector<std::string> names = description.features.names();
  std::string other = "x=x";
  while (description.features.id(other) != vaecollapse::no_symbol) other += 'x';
  names.push_back(other);
  description.features = Features(std::move(names), description.features.set_values());
  return description;
}

}  // namespace

std::string take_weights(const std::filesystem::path& from, const Description& description,
                         LayoutOf layout_of, vaecollapse::Parameters<float>& parameters) {
  const std::vector<kit::NamedIds> ids{{"symbol", layout_of(with_one_symbol_more(description))},
                                       {"tag", layout_of(with_one_tag_more(description))}};
  const auto find_places =
      [&](const std::string& file,
          const vaecollapse::Metadata& metadata) -> std::optional<std::vector<kit::Places>> {
    Description there;
    if (!read_vocabulary(file, metadata, there)) return std::nullopt;
    return std::vector{kit::places_of(description.vocabulary, there.vocabulary),
                       places_of(description.features, there.features)};
  };
  return kit::take_weights(from, ids, find_places, parameters);
}

}  // namespace reinflection

// How well a latent space groups words by labels that they have.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/metrics/knn_purity.hpp>
#include <vaecollapse/metrics/linear_probe.hpp>
#include <vaecollapse/metrics/silhouette.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// One label of every word.
struct Labelling {
  std::string name;
  std::vector<std::string> values;  ///< each once, in order of their bytes
  std::vector<int> of_word;         ///< places in `values`
};

/// The labelling by the value that each word has.
inline Labelling label_words(std::string name, const std::vector<std::string>& value_of_word) {
  Labelling labelling{std::move(name), value_of_word, {}};
  auto& values = labelling.values;
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  for (const std::string& value : value_of_word) {
    const auto place = std::lower_bound(values.begin(), values.end(), value) - values.begin();
    labelling.of_word.push_back(static_cast<int>(place));
  }
  return labelling;
}

/// How well z groups words by a label.
struct Grouping {
  std::string label;
  std::size_t values = 0;
  double purity = 0;         ///< share of the nearest words that have the word's own value
  double purity_chance = 0;  ///< that share among words taken at random
  std::optional<double> silhouette{};
  double probe = 0;         ///< accuracy of a linear classifier on words that it did not see
  double probe_chance = 0;  ///< of the most frequent value

  /// Whether neighbours share the label far more often than by chance: a quarter of the way from
  /// chance to certainty. A rule of thumb.
  bool is_grouped() const { return purity - purity_chance > 0.25 * (1 - purity_chance); }
};

namespace detail {

/// The share of other words, taken at random, that have the value of a word; of words that share
/// theirs with any. Empty if none does.
inline std::optional<double> chance_of(const Labelling& labelling) {
  const std::vector<Index> companions = count_companions(labelling.of_word);
  double sum = 0, asked = 0;
  for (const Index others : companions) {
    sum += static_cast<double>(others);
    asked += others > 0 ? 1 : 0;
  }
  if (asked == 0) return std::nullopt;
  return sum / asked / static_cast<double>(companions.size() - 1);
}

}  // namespace detail

/// All labels by which words can be near at all: those of one value only, and those that no two
/// words share, are left out. \shape z [Z x words] \pre six words at least
inline std::vector<Grouping> score_groupings(View<const float> z,
                                             std::span<const Labelling> labellings) {
  std::vector<Grouping> groupings;
  for (const Labelling& labelling : labellings) {
    const std::optional<double> chance = detail::chance_of(labelling);
    if (labelling.values.size() < 2 || !chance) continue;
    const std::span<const int> labels(labelling.of_word);
    const LinearProbe probe = linear_probe(z, labels);
    groupings.push_back({.label = labelling.name,
                         .values = labelling.values.size(),
                         .purity = knn_purity(z, labels).value_or(0),
                         .purity_chance = *chance,
                         .silhouette = silhouette(z, labels),
                         .probe = probe.accuracy,
                         .probe_chance = probe.chance});
  }
  return groupings;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

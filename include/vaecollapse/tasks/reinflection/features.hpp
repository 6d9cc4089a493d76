// The tags that a model knows, `key=value` or bare, and their ids.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/tasks/reinflection/msd.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection {

/// What a set value becomes: `mood={IND/COND}` is one tag of its own, or the two tags `mood=IND`
/// and `mood=COND`.
enum class SetValues { atomic, expanded };

/// Gives each tag an id, in order of the tags' bytes. Make it from training data only; a model
/// file stores `names()` and `set_values()`.
class Features {
 public:
  Features() = default;

  /// Knows these tags, which may come in any order and more than once.
  explicit Features(std::vector<std::string> names, SetValues set_values = SetValues::atomic)
      : names_(std::move(names)), set_values_(set_values) {
    std::sort(names_.begin(), names_.end());
    names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
  }

  /// Knows the tags of all examples.
  static Features of(std::span<const Example> examples, SetValues set_values = SetValues::atomic) {
    std::vector<std::string> seen;
    for (const Example& example : examples) {
      for (const Tag& tag : example.tags) {
        for_each_name(tag, set_values, [&](std::string name) { seen.push_back(std::move(name)); });
      }
    }
    return Features(std::move(seen), set_values);
  }

  /// The number of tags, M.
  Index size() const { return Index(names_.size()); }
  /// The known tags, each once, in order of their ids.
  const std::vector<std::string>& names() const& { return names_; }
  std::vector<std::string> names() const&& { return names_; }
  SetValues set_values() const { return set_values_; }

  /// The id of a tag by its name, `key=value` or bare, or `no_symbol` if it is not known. \cost
  /// O(log M)
  Symbol id(std::string_view name) const {
    const auto found = std::lower_bound(names_.begin(), names_.end(), name);
    if (found == names_.end() || *found != name) return no_symbol;
    return static_cast<Symbol>(found - names_.begin());
  }

  /// \throws Error for an id outside 0 .. size()
  const std::string& name(Symbol id) const& {
    if (id < 0 || id >= size()) {
      raise(Error("features: id is " + std::to_string(id) + ": there are " +
                  std::to_string(size()) + " tags"));
    }
    return at(names_, id);
  }
  std::string name(Symbol id) const&& { return name(id); }

  /// Appends the ids of `tags` to `ids`, rising and each once, so that the order of writing does
  /// not matter. Unknown tags are left out; returns how many.
  Index encode(std::span<const Tag> tags, std::vector<Symbol>& ids) const {
    const auto begin = static_cast<std::ptrdiff_t>(ids.size());
    Index unknown = 0;
    for (const Tag& tag : tags) {
      for_each_name(tag, set_values_, [&](const std::string& name) {
        const Symbol found = id(name);
        if (found == no_symbol) {
          ++unknown;
        } else {
          ids.push_back(found);
        }
      });
    }
    std::sort(ids.begin() + begin, ids.end());
    ids.erase(std::unique(ids.begin() + begin, ids.end()), ids.end());
    return unknown;
  }

  friend bool operator==(const Features&, const Features&) = default;

 private:
  template <class Function>
  static void for_each_name(const Tag& tag, SetValues set_values, Function&& function) {
    if (set_values == SetValues::atomic || !tag.is_set()) {
      function(tag.name());
      return;
    }
    for (const std::string_view member : split(detail::set_members(tag.value), '/')) {
      if (!member.empty()) function(Tag{tag.key, std::string(member)}.name());
    }
  }

  std::vector<std::string> names_;
  SetValues set_values_ = SetValues::atomic;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection

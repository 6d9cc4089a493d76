// A range of a model's parameters, named by prefixes: what moves in training while the rest is
// frozen, and what is made anew.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/segment.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// Whether a prefix of whole components names an entry: `encoder` names `encoder.embed.weight` and
/// `encoder`, `enc` neither.
inline bool names(std::string_view prefix, std::string_view entry) {
  return entry.starts_with(prefix) &&
         (entry.size() == prefix.size() || (!prefix.empty() && entry[prefix.size()] == '.'));
}

inline bool names_any(std::string_view prefix, const Layout& layout) {
  return std::any_of(layout.entries().begin(), layout.entries().end(),
                     [&](const Layout::Entry& entry) { return names(prefix, entry.name); });
}

/// `'encoder.embed', 'encoder.forward'`: the names one component longer than `parent`, which may be
/// empty.
inline std::string listed_below(std::string_view parent, const Layout& layout) {
  std::vector<std::string_view> found;
  for (const Layout::Entry& entry : layout.entries()) {
    if (!parent.empty() && !names(parent, entry.name)) continue;
    const std::size_t from = parent.empty() ? 0 : parent.size() + 1;
    const std::string_view name =
        std::string_view(entry.name).substr(0, entry.name.find('.', from));
    if (std::find(found.begin(), found.end(), name) == found.end()) found.push_back(name);
  }
  std::string text;
  for (const std::string_view name : found) {
    text.append(text.empty() ? "'" : ", '").append(name).append("'");
  }
  return text;
}

[[noreturn]] inline void refuse_prefix(std::string_view prefix, const Layout& layout) {
  std::string_view known = prefix;
  while (!known.empty() && !names_any(known, layout)) {
    const std::size_t dot = known.rfind('.');
    known = known.substr(0, dot == std::string_view::npos ? 0 : dot);
  }
  raise_error(
      {"range: '", prefix, "' names no parameter: there are ", listed_below(known, layout)});
}

}  // namespace detail

/// Some of the parameters of a layout. A prefix is one or more whole components of dotted names:
/// `encoder` names `encoder.embed.weight`, `encoder.forward` only part of that.
/// \cost made once, it allocates; asked, it does not
class ParameterRange {
 public:
  /// All that one of the prefixes names; nothing if there are none.
  /// \throws Error for a prefix that names nothing, with those that would
  ParameterRange(const Layout& layout, const std::vector<std::string>& prefixes)
      : ParameterRange(layout, prefixes, true) {}

  /// All that none of the prefixes names: `without(layout, {"encoder"})` freezes the encoder.
  /// \throws Error as above
  static ParameterRange without(const Layout& layout, const std::vector<std::string>& prefixes) {
    return ParameterRange(layout, prefixes, false);
  }

  /// Whether entry number `entry` of the layout is in the range, a statistic too.
  bool contains(std::size_t entry) const {
    VAECOLLAPSE_ASSERT(entry < contains_.size());
    return contains_[entry];
  }
  /// Where its trained parameters lie: as few segments as can be, in rising order, without
  /// statistics.
  const std::vector<Segment>& segments() const& { return segments_; }
  std::vector<Segment> segments() const&& { return segments_; }

  /// How many numbers the layout has in all.
  Index layout_size() const { return layout_size_; }
  /// \throws Error, in which `user` is named, for a range of another layout
  void require_of(const Layout& layout, std::string_view user) const {
    if (layout_hash_ == layout.hash()) return;
    detail::raise_error({user, ": the range is of another layout, of ", contains_.size(),
                         " parameters: here there are ", layout.entries().size()});
  }

 private:
  ParameterRange(const Layout& layout, const std::vector<std::string>& prefixes, bool wanted)
      : layout_size_(layout.size()), layout_hash_(layout.hash()) {
    for (const std::string& prefix : prefixes) {
      if (!detail::names_any(prefix, layout)) detail::refuse_prefix(prefix, layout);
    }
    for (const Layout::Entry& entry : layout.entries()) {
      const bool is_named =
          std::any_of(prefixes.begin(), prefixes.end(),
                      [&](const std::string& prefix) { return detail::names(prefix, entry.name); });
      contains_.push_back(is_named == wanted);
      if (contains_.back() && !layout.is_statistic(contains_.size() - 1)) {
        detail::append_segment(segments_, {entry.offset, entry.shape.size()});
      }
    }
  }

  std::vector<bool> contains_;  ///< one for each entry
  std::vector<Segment> segments_;
  Index layout_size_;
  std::uint64_t layout_hash_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

// Morphosyntactic descriptions (MSDs) as SIGMORPHON 2016 writes them: `pos=V,mood={IND/COND}`.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// One `key=value` of an MSD. The value may be a set, `{IND/COND/IMP}`, kept as it is written.
struct Tag {
  std::string key;
  std::string value;

  std::string name() const { return key + "=" + value; }
  bool is_set() const { return value.starts_with('{'); }
  friend bool operator==(const Tag&, const Tag&) = default;
};

/// What is wrong with an MSD, in the words of an `InputError`.
struct MsdFault {
  std::string found;
  std::string expected;
};

namespace detail {

/// `text` in quotation marks, cut where a message would become too long to read.
inline std::string quoted(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::string shown(text.substr(0, longest));
  if (text.size() > longest) {
    while (!shown.empty() && (static_cast<unsigned char>(shown.back()) & 0xC0U) == 0x80U) {
      shown.pop_back();
    }
    if (!shown.empty() && (static_cast<unsigned char>(shown.back()) & 0x80U) != 0) shown.pop_back();
    shown += "...";
  }
  return "'" + shown + "'";
}

/// The parts of `text` between `separator`s; always one at least.
inline std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != separator) continue;
    parts.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  return parts;
}

/// The inside of a set value, `A/B` of `{A/B}`.
inline std::string_view set_members(std::string_view value) {
  return value.substr(1, value.size() - 2);
}

/// Cuts an MSD at the commas outside braces; nothing if the braces do not match.
inline std::optional<std::vector<std::string_view>> split_outside_braces(std::string_view msd) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  bool inside = false;
  for (std::size_t i = 0; i < msd.size(); ++i) {
    if (msd[i] == '{' || msd[i] == '}') {
      if (inside == (msd[i] == '{')) return std::nullopt;
      inside = !inside;
    } else if (msd[i] == ',' && !inside) {
      parts.push_back(msd.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  if (inside) return std::nullopt;
  parts.push_back(msd.substr(begin));
  return parts;
}

/// Whether a value is free of braces, or is one set whose members are not empty.
inline bool is_well_formed_value(std::string_view value) {
  const std::size_t opening = value.find('{');
  if (opening == std::string_view::npos) return !value.empty();
  if (opening != 0 || value.find('}') != value.size() - 1) return false;
  const auto members = split(set_members(value), '/');
  return std::none_of(members.begin(), members.end(),
                      [](std::string_view member) { return member.empty(); });
}

/// Reads one `key=value`, cut on the first `=` only.
inline std::optional<MsdFault> parse_tag(std::string_view text, Tag& tag) {
  const std::size_t equals = text.find('=');
  const auto fault = [&](std::string_view what, std::string_view expected) {
    return MsdFault{std::string(what) + " " + quoted(text) + " in the MSD", std::string(expected)};
  };
  if (text.empty()) return MsdFault{"nothing between two commas of the MSD", "key=value"};
  if (equals == std::string_view::npos) return fault("no '=' in", "key=value");
  tag.key = text.substr(0, equals);
  tag.value = text.substr(equals + 1);
  if (tag.key.empty()) return fault("an empty key in", "key=value");
  if (tag.key.find_first_of("{}") != std::string::npos) {
    return fault("a brace in the key of", "braces around a whole value only, {A/B}");
  }
  if (tag.value.empty()) return fault("an empty value in", "key=value");
  if (!is_well_formed_value(tag.value)) {
    return fault("an ill-formed set in", "braces around a whole value, {A/B}, no member empty");
  }
  return std::nullopt;
}

/// A key that two of the tags have, if there is one. \cost O(M log M): an MSD may be very long
inline std::optional<std::string_view> shared_key(const std::vector<Tag>& tags) {
  std::vector<std::string_view> keys;
  keys.reserve(tags.size());
  for (const Tag& tag : tags) keys.push_back(tag.key);
  std::sort(keys.begin(), keys.end());
  const auto twice = std::adjacent_find(keys.begin(), keys.end());
  return twice == keys.end() ? std::nullopt : std::optional(*twice);
}

}  // namespace detail

/// Reads an MSD into `tags`, in the order of writing; returns the first fault, if there is one.
/// A key may be given once only.
inline std::optional<MsdFault> parse_msd(std::string_view msd, std::vector<Tag>& tags) {
  tags.clear();
  if (msd.empty()) return MsdFault{"an empty MSD", "key=value"};
  const auto parts = detail::split_outside_braces(msd);
  if (!parts) {
    return MsdFault{"unbalanced braces in the MSD " + detail::quoted(msd),
                    "a '}' for each '{', none inside another"};
  }
  for (const std::string_view part : *parts) {
    Tag tag;
    if (auto fault = detail::parse_tag(part, tag)) return fault;
    tags.push_back(std::move(tag));
  }
  if (const auto key = detail::shared_key(tags)) {
    return MsdFault{"the key " + detail::quoted(*key) + " twice in the MSD",
                    "each key once, with a set {A/B} for several values"};
  }
  return std::nullopt;
}

/// The tags of an MSD. \throws Error if it is ill-formed
inline std::vector<Tag> parse_msd(std::string_view msd) {
  std::vector<Tag> tags;
  if (const auto fault = parse_msd(msd, tags)) {
    raise(Error("parse_msd: found " + fault->found + ", expected " + fault->expected));
  }
  return tags;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

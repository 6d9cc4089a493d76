// Morphosyntactic descriptions (MSDs): `pos=V,mood={IND/COND}` as SIGMORPHON 2016 writes them, and
// lists of bare tags, `V;PST`, as UniMorph does.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/text.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection {

/// One `key=value` of an MSD, or a bare tag, whose key is empty. The value may be a set,
/// `{IND/COND/IMP}`, kept as it is written.
struct Tag {
  std::string key;
  std::string value;

  std::string name() const { return key.empty() ? value : key + "=" + value; }
  bool is_set() const {
    return value.size() > 1 && value.front() == '{' && value.find('}') == value.size() - 1;
  }
  friend bool operator==(const Tag&, const Tag&) = default;
};

/// How the tags of an MSD are written.
struct TagSyntax {
  char separator = ',';
  /// Whether a tag may be without a key. If so, brackets of either kind may be nested, a separator
  /// inside them is part of the tag, and nothing between two separators is no tag.
  bool bare = false;

  friend bool operator==(const TagSyntax&, const TagSyntax&) = default;
};

/// What is wrong with an MSD, in the words of an `InputError`.
struct MsdFault {
  std::string found;
  std::string expected;
};

namespace detail {

using vaecollapse::detail::message_of;
using vaecollapse::detail::raise_error;

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
  return message_of({"'", shown, "'"});
}

/// The inside of a set value, `A/B` of `{A/B}`.
inline std::string_view set_members(std::string_view value) {
  return value.substr(1, value.size() - 2);
}

/// How deep a text is in brackets, character by character.
class BracketDepth {
 public:
  explicit BracketDepth(bool nested) : nested_(nested) {}

  /// False where brackets do not match.
  bool take(char one) {
    const bool round = nested_ && (one == '(' || one == ')');
    if (!round && one != '{' && one != '}') return true;
    if (one == '{' || one == '(') {
      open_.push_back(one == '{' ? '}' : ')');
      return nested_ || open_.size() == 1;
    }
    if (open_.empty() || open_.back() != one) return false;
    open_.pop_back();
    return true;
  }
  bool is_outside() const { return open_.empty(); }

 private:
  bool nested_;
  std::string open_;  ///< the brackets that are still to come, the next one last
};

/// Cuts an MSD at the separators outside brackets; nothing if the brackets do not match.
inline std::optional<std::vector<std::string_view>> split_outside_brackets(
    std::string_view msd, const TagSyntax& syntax) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  BracketDepth depth(syntax.bare);
  for (std::size_t i = 0; i < msd.size(); ++i) {
    if (!depth.take(msd[i])) return std::nullopt;
    if (msd[i] != syntax.separator || !depth.is_outside()) continue;
    parts.push_back(msd.substr(begin, i - begin));
    begin = i + 1;
  }
  if (!depth.is_outside()) return std::nullopt;
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

/// The place of the `=` behind a key; `npos` for a bare tag, whose brackets may hold one.
inline std::size_t end_of_key(std::string_view text, bool bare) {
  const std::size_t equals = text.find('=');
  return bare && text.find_first_of("{(") < equals ? std::string_view::npos : equals;
}

/// Reads one `key=value`, cut on the first `=` only.
inline std::optional<MsdFault> parse_pair(std::string_view text, std::size_t equals, Tag& tag) {
  const auto fault = [&](std::string_view what, std::string_view expected) {
    return MsdFault{message_of({what, " ", quoted(text), " in the MSD"}), std::string(expected)};
  };
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

/// Reads one tag.
inline std::optional<MsdFault> parse_tag(std::string_view text, const TagSyntax& syntax, Tag& tag) {
  const std::size_t equals = end_of_key(text, syntax.bare);
  if (equals != std::string_view::npos) return parse_pair(text, equals, tag);
  if (syntax.bare) {
    tag.value = text;
    return std::nullopt;
  }
  if (text.empty()) return MsdFault{"nothing between two commas of the MSD", "key=value"};
  return MsdFault{message_of({"no '=' in ", quoted(text), " in the MSD"}), "key=value"};
}

/// A key that two of the tags have, if there is one. \cost O(log M) a tag: an MSD may be very long
inline std::optional<std::string_view> shared_key(const std::vector<Tag>& tags) {
  std::vector<std::string_view> keys;
  keys.reserve(tags.size());
  for (const Tag& tag : tags) {
    if (!tag.key.empty()) keys.push_back(tag.key);
  }
  std::sort(keys.begin(), keys.end());
  const auto twice = std::adjacent_find(keys.begin(), keys.end());
  return twice == keys.end() ? std::nullopt : std::optional(*twice);
}

/// Whether all of several parts could be tags: bare ones, or where these may not be, key=value.
inline bool are_tags(const std::vector<std::string_view>& parts, bool bare) {
  return parts.size() > 1 && std::all_of(parts.begin(), parts.end(), [&](std::string_view part) {
           if (part.empty()) return false;
           const std::size_t equals = end_of_key(part, bare);
           return equals == std::string_view::npos ? bare : equals > 0;
         });
}

/// The separator that an MSD has in place of the one that it should have; NUL if there is none to
/// be seen. A bar joins alternatives of bare tags, so it only separates what has keys.
inline char other_separator(std::string_view msd, const TagSyntax& syntax) {
  const auto parts_at = [&](char separator) {
    return split_outside_brackets(msd, {separator, syntax.bare});
  };
  const auto own = parts_at(syntax.separator);
  if (!own || own->size() > 1) return '\0';
  for (const char separator : {';', '|', ','}) {
    if (separator == syntax.separator) continue;
    if (are_tags(*parts_at(separator), syntax.bare && separator != '|')) return separator;
  }
  return '\0';
}

}  // namespace detail

/// Reads an MSD into `tags`, in the order of writing; returns the first fault, if there is one.
/// A key may be given once only.
inline std::optional<MsdFault> parse_msd(std::string_view msd, const TagSyntax& syntax,
                                         std::vector<Tag>& tags) {
  tags.clear();
  if (msd.empty()) return MsdFault{"an empty MSD", syntax.bare ? "tags" : "key=value"};
  const auto parts = detail::split_outside_brackets(msd, syntax);
  if (!parts) {
    const char* found =
        syntax.bare ? "unbalanced brackets in the tags " : "unbalanced braces in the MSD ";
    return MsdFault{detail::message_of({found, detail::quoted(msd)}),
                    syntax.bare ? "a closing bracket for each opening one"
                                : "a '}' for each '{', none inside another"};
  }
  if (const char other = detail::other_separator(msd, syntax); other != '\0') {
    return MsdFault{detail::message_of({"'", std::string_view(&other, 1), "' between the tags ",
                                        detail::quoted(msd)}),
                    detail::message_of({"'", std::string_view(&syntax.separator, 1), "'"})};
  }
  for (const std::string_view part : *parts) {
    if (part.empty() && syntax.bare) continue;
    Tag tag;
    if (auto fault = detail::parse_tag(part, syntax, tag)) return fault;
    tags.push_back(std::move(tag));
  }
  if (const auto key = detail::shared_key(tags)) {
    return MsdFault{detail::message_of({"the key ", detail::quoted(*key), " twice in the MSD"}),
                    "each key once, with a set {A/B} for several values"};
  }
  return std::nullopt;
}

/// The same of key=value with commas between.
inline std::optional<MsdFault> parse_msd(std::string_view msd, std::vector<Tag>& tags) {
  return parse_msd(msd, TagSyntax{}, tags);
}

/// The tags of an MSD. \throws Error if it is ill-formed
inline std::vector<Tag> parse_msd(std::string_view msd, const TagSyntax& syntax = {}) {
  std::vector<Tag> tags;
  if (const auto fault = parse_msd(msd, syntax, tags)) {
    detail::raise_error({"parse_msd: found ", fault->found, ", expected ", fault->expected});
  }
  return tags;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection

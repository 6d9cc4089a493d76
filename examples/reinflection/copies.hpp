// `--copies`: which rows ask for their own source.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reinflection {

struct Copies {
  bool words = false;        ///< each target, given as the source of itself
  std::uint64_t random = 0;  ///< random strings, different in each epoch

  friend bool operator==(const Copies&, const Copies&) = default;
};

inline constexpr std::string_view copies_expected =
    "none, words, random:N, or words,random:N, with N from 1 to 10000000";

/// Nothing for a text that `copies_expected` does not name; 0 stands for none and 1 for words.
std::optional<Copies> parse_copies(std::string_view text);

/// The text as files have it, `words,random:4000`; nothing as above.
std::optional<std::string> read_copies(std::string_view text);

}  // namespace reinflection

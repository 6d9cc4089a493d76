// Random strings: words that no language has, to be copied.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/vocabulary.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection {

/// The tag of rows whose target is their source and has no tags of its own.
inline constexpr std::string_view copy_tag = "COPY";

/// The lengths of random strings, all of them equally likely.
inline constexpr std::uint32_t shortest_random_string = 4;
inline constexpr std::uint32_t longest_random_string = 14;

namespace detail {

/// A number in 0 .. bound. \pre bound is far below 2^32, so that the bias cannot be seen
inline std::uint32_t below(std::uint32_t word, std::uint32_t bound) {
  return static_cast<std::uint32_t>(std::uint64_t{word} * bound >> 32);
}

}  // namespace detail

/// A character that the vocabulary knows, all of them equally likely.
/// \pre the vocabulary has characters
inline Symbol character_of(const Vocabulary& vocabulary, std::uint32_t word) {
  const auto characters = static_cast<std::uint32_t>(vocabulary.characters().size());
  return Vocabulary::first_character + static_cast<Symbol>(detail::below(word, characters));
}

/// Random string `number` of the epoch that the draws are of. \pre the vocabulary has characters
inline void draw_random_string(const Vocabulary& vocabulary, const Draws& draws, Row number,
                               std::vector<Symbol>& string) {
  constexpr std::uint32_t lengths = longest_random_string - shortest_random_string + 1;
  const auto word = [&](std::uint32_t unit) {
    return draws.word(Stream::random_strings, number, 0, 0, unit);
  };
  const std::uint32_t length = shortest_random_string + detail::below(word(0), lengths);
  string.clear();
  for (std::uint32_t i = 1; i <= length; ++i) string.push_back(character_of(vocabulary, word(i)));
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection

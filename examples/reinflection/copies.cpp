#include "copies.hpp"

#include <vaecollapse/core/text.hpp>

#include "kit/numbers.hpp"

namespace reinflection {

namespace {

constexpr std::string_view random_prefix = "random:";
constexpr std::uint64_t most_random = 10000000;

/// Adds one part of the list; false for none that is known, or one that is there.
bool add_part(std::string_view part, Copies& copies) {
  if (part == "words" && !copies.words) {
    copies.words = true;
    return true;
  }
  if (!part.starts_with(random_prefix) || copies.random > 0) return false;
  part.remove_prefix(random_prefix.size());
  const auto number = kit::read_number<std::uint64_t>(part);
  if (!number || *number > most_random) return false;
  copies.random = *number;
  return copies.random > 0;
}

}  // namespace

std::optional<Copies> parse_copies(std::string_view text) {
  if (text == "none" || text == "0") return Copies{};
  if (text == "1") return Copies{.words = true};
  Copies copies;
  for (const std::string_view part : vaecollapse::split(text, ',')) {
    if (!add_part(part, copies)) return std::nullopt;
  }
  return copies;
}

std::optional<std::string> read_copies(std::string_view text) {
  const auto copies = parse_copies(text);
  if (!copies) return std::nullopt;
  if (copies->random == 0) return copies->words ? "words" : "none";
  return (copies->words ? "words," : "") + std::string(random_prefix) +
         std::to_string(copies->random);
}

}  // namespace reinflection

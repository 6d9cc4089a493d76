// Initial weights of tables as large as those of words.
#include <bit>
#include <cstdint>
#include <set>
#include <span>
#include <utility>

#include <doctest/doctest.h>

#include <vaecollapse/core/parameters.hpp>

namespace vc = vaecollapse;

TEST_CASE(
    "the initial weights of 10,000 words are those of version 0.1.0, each a draw of its own") {
  vc::Layout layout;
  layout.add("words.weight", vc::Shape<2>{{128, 10000}}, vc::Init::uniform(0.5));
  layout.add("bias", vc::Shape<1>{{7}}, vc::Init::uniform(1));
  const vc::Parameters<float> parameters(layout, vc::Seed{5});
  const std::span<const float> values = parameters.values();
  REQUIRE(values.size() == 1280007);
  std::uint64_t hash = 14695981039346656037u;
  for (const float value : values) {
    hash = (hash ^ std::bit_cast<std::uint32_t>(value)) * 1099511628211u;
  }
  // If this fails, do not store a new hash: every published result would change.
  CHECK(hash == 0x8c8532f54b873e7u);
  // Blocks of four from one end to the other; 2^18 blocks are where one field is full.
  std::set<std::pair<float, float>> blocks;
  for (std::size_t i = 0; i + 4 < values.size(); i += 4) blocks.insert({values[i], values[i + 1]});
  CHECK(blocks.size() == 320001);
}

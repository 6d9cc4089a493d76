// The weights that a program takes from another model, by what its ids mean.
#include "kit/init_from.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/io/model.hpp>

#include "unit/io/temporary_folder.hpp"

namespace fs = std::filesystem;
namespace vc = vaecollapse;

namespace {

/// A column for each symbol, and a vector of another size.
vc::Layout layout_of(const vc::Vocabulary& vocabulary, vc::Index width) {
  vc::Layout layout;
  layout.add("embedding", vc::Shape<2>{{2, vocabulary.symbols()}}, vc::Init::zeros());
  layout.add("bias", vc::Shape<1>{{2}}, vc::Init::zeros());
  layout.add("output", vc::Shape<1>{{width}}, vc::Init::zeros());
  return layout;
}

/// Of a program whose models say their characters.
void save(const fs::path& path, const vc::Vocabulary& vocabulary, bool says_characters) {
  vc::Parameters<float> parameters(layout_of(vocabulary, 4));
  float next = 1;
  for (float& value : parameters.values()) value = next++;
  vc::Metadata metadata;
  if (says_characters) metadata["characters"] = vc::utf8::encode(vocabulary.characters());
  vc::save_parameters(path, parameters, metadata);
}

std::string take(const fs::path& from, const vc::Vocabulary& vocabulary,
                 vc::Parameters<float>& parameters) {
  const auto find_places =
      [&](const std::string&,
          const vc::Metadata& metadata) -> std::optional<std::vector<kit::Places>> {
    const auto characters = metadata.find("characters");
    if (characters == metadata.end()) return std::nullopt;
    const vc::Vocabulary there(vc::utf8::decode(characters->second));
    return std::vector{kit::places_of(vocabulary, there)};
  };
  return kit::take_weights(from, {{"symbol", layout_of(kit::with_one_more(vocabulary), 3)}},
                           find_places, parameters);
}

}  // namespace

TEST_CASE("init from: a symbol's column comes from where the other model has it") {
  const vc::test::TemporaryFolder folder;
  const std::string path = (folder.path() / "model.safetensors").string();
  save(path, vc::Vocabulary(U"bd"), true);
  const vc::Vocabulary vocabulary(U"abc");
  vc::Parameters<float> parameters(layout_of(vocabulary, 3));
  std::fill(parameters.values().begin(), parameters.values().end(), -1.0F);
  CHECK(take(path, vocabulary, parameters) ==
        "begins with 2 of 3 tensors of " + path +
            ", which knows 4 of 6 symbols; not taken: output (F32 [4] there, F32 [3] here)");
  // The special symbols, then a, b and c; then the bias and what did not fit.
  const std::vector<float> expected{1, 2, 3, 4, 5, 6, -1, -1, 7, 8, -1, -1, 11, 12, -1, -1, -1};
  CHECK(std::vector<float>(parameters.values().begin(), parameters.values().end()) == expected);
}

TEST_CASE("init from: without the meaning of the other's ids the rest is taken") {
  const vc::test::TemporaryFolder folder;
  const std::string path = (folder.path() / "model.safetensors").string();
  const vc::Vocabulary vocabulary(U"bd");
  save(path, vocabulary, false);
  vc::Parameters<float> parameters(layout_of(vocabulary, 3));
  CHECK(take(path, vocabulary, parameters) ==
        "begins with 1 of 3 tensors of " + path +
            "; not taken: embedding (the file does not say of which symbols), output (F32 [4] "
            "there, F32 [3] here)");
}

TEST_CASE("init from: where nothing fits, the parameters are as they were") {
  const vc::test::TemporaryFolder folder;
  const std::string path = (folder.path() / "model.safetensors").string();
  vc::Layout other;
  other.add("another", vc::Shape<1>{{2}}, vc::Init::zeros());
  vc::save_parameters(path, vc::Parameters<float>(other), {});
  const vc::Vocabulary vocabulary(U"a");
  vc::Parameters<float> parameters(layout_of(vocabulary, 3));
  std::fill(parameters.values().begin(), parameters.values().end(), -1.0F);
  CHECK_THROWS_AS(take(path, vocabulary, parameters), vc::InputError);
  CHECK(std::all_of(parameters.values().begin(), parameters.values().end(),
                    [](float value) { return value == -1; }));
}

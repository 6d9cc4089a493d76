#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/metrics/edit_distance.hpp>
#include <vaecollapse/metrics/edit_script.hpp>

namespace vc = vaecollapse;

namespace {

using Kind = vc::EditPiece::Kind;

/// All words of up to three letters a and b.
std::vector<std::u32string> short_words() {
  std::vector<std::u32string> words{U""};
  for (std::size_t i = 0; words[i].size() < 3; ++i) {
    for (const char32_t letter : {U'a', U'b'}) words.push_back(words[i] + letter);
  }
  return words;
}

}  // namespace

TEST_CASE("edit script: pieces of two words") {
  CHECK(vc::edit_script(U"evlerde", U"evlerdan") ==
        std::vector<vc::EditPiece>{
            {Kind::common, U"evlerd"}, {Kind::removed, U"e"}, {Kind::added, U"an"}});
  CHECK(vc::edit_script(U"ağaç", U"ağaç") == std::vector<vc::EditPiece>{{Kind::common, U"ağaç"}});
  CHECK(vc::edit_script(U"", U"ab") == std::vector<vc::EditPiece>{{Kind::added, U"ab"}});
  CHECK(vc::edit_script(U"ab", U"") == std::vector<vc::EditPiece>{{Kind::removed, U"ab"}});
  CHECK(vc::edit_script(U"", U"").empty());
}

TEST_CASE("edit script: gives both words back, and is as short as the distance") {
  vc::EditDistance distance;
  for (const std::u32string& a : short_words()) {
    for (const std::u32string& b : short_words()) {
      std::u32string first, second;
      vc::Index edits = 0, removed = 0;
      for (const vc::EditPiece& piece : vc::edit_script(a, b)) {
        const auto size = vc::Index(piece.text.size());
        if (piece.kind != Kind::added) first += piece.text;
        if (piece.kind != Kind::removed) second += piece.text;
        // A removed piece and the added one after it are replacements as far as both go.
        if (piece.kind == Kind::common) edits += removed;
        if (piece.kind == Kind::added) edits += std::max(removed, size);
        removed = piece.kind == Kind::removed ? size : 0;
      }
      CHECK(first == a);
      CHECK(second == b);
      CHECK(edits + removed == distance(a, b));
    }
  }
}

// The part of exported headers that every model shares, beside what the library does.
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/tasks/reinflection/features.hpp>

#include "export/runtime.hpp"

namespace vc = vaecollapse;
namespace exported = vaecollapse_exported;

TEST_CASE("exported runtime: the tags of an MSD are those of the library") {
  const std::vector<std::string> written{"case=DAT", "mood={A/B}",   "mood=A", "mood=B",
                                         "n=1=2",    "mood={A/B/C}", "num=PL", "pos=N"};
  for (const vc::reinflection::SetValues kind :
       {vc::reinflection::SetValues::atomic, vc::reinflection::SetValues::expanded}) {
    const vc::reinflection::Features features(written, kind);
    const std::vector<std::string_view> names(features.names().begin(), features.names().end());
    // Tag i embeds as 2^i, so that a sum shows its terms.
    std::vector<float> embedding;
    for (std::size_t i = 0; i < names.size(); ++i) embedding.push_back(std::ldexp(1.0F, int(i)));
    exported::Model model{};
    model.tags = names;
    model.tag_separator = ',';
    model.sets_are_expanded = kind == vc::reinflection::SetValues::expanded;
    model.embedding = 1;
    model.tag_embedding = embedding;
    for (const char* msd : {"pos=N", "pos=N,num=PL", "num=PL,pos=N", "mood={A/B}", "mood={B/A}",
                            "pos=N,mood={A/B/C},case=DAT", "mood={A/Z}", "n=1=2,what=EVER",
                            "what=EVER", "mood=A,pos=N"}) {
      CAPTURE(msd);
      std::vector<vc::Symbol> ids;
      features.encode(vc::reinflection::parse_msd(msd), ids);
      float sum = 0;
      for (const vc::Symbol id : ids) sum += embedding[static_cast<std::size_t>(id)];
      CHECK(exported::detail::tag_sum(model, msd).front() == sum);
    }
  }
}

TEST_CASE("exported runtime: bare tags, with brackets nested and another separator") {
  const std::vector<std::string_view> names{"ABL(SG;PSS(1,SG))", "A", "B", "N", "k={A/B}", "k=A"};
  const std::vector<float> embedding{1, 2, 4, 8, 16, 32};
  exported::Model model{};
  model.tags = names;
  model.tag_separator = ';';
  model.tags_may_be_bare = true;
  model.embedding = 1;
  model.tag_embedding = embedding;
  const auto sum = [&](const char* msd) { return exported::detail::tag_sum(model, msd).front(); };
  CHECK(sum("N;ABL(SG;PSS(1,SG))") == 9);
  CHECK(sum("ABL(SG;PSS(1,SG));N;") == 9);
  CHECK(sum("ABL(SG;N);A") == 2);
  CHECK(sum("k={A/B};N") == 24);
  CHECK(sum("") == 0);
  model.sets_are_expanded = true;
  CHECK(sum("k={A/B};N") == 40);
  CHECK(sum("{A/B};N") == 14);
  CHECK(sum("ABL(SG;PSS(1,SG))") == 1);
  model.tag_separator = ',';
  CHECK(sum("N,A") == 10);
  CHECK(sum("N;A") == 0);
}

TEST_CASE("exported runtime: the symbols of a word are those of the library") {
  const vc::Vocabulary vocabulary(U"abk\u011F\u20AC\U0001F600\U0010FFFF");
  exported::Model model{};
  model.characters = vocabulary.characters();
  for (const char32_t* word : {U"", U"ab", U"\u011Fa\u20AC", U"\U0001F600\U0010FFFFk", U"xyz\u0100",
                               U"a\u0301", U"\uFFFD\U0001F601"}) {
    const std::vector<vc::Symbol> expected = vocabulary.encode(word);
    const auto found = exported::detail::symbols(model, vc::utf8::encode(word));
    CHECK(std::vector<vc::Symbol>(found.begin(), found.end()) == expected);
    std::string again;
    for (const char32_t one : std::u32string_view(word)) exported::detail::append_utf8(again, one);
    CHECK(again == vc::utf8::encode(word));
  }
}

TEST_CASE("exported runtime: what is not UTF-8 is unknown, byte by byte") {
  const vc::Vocabulary vocabulary(U"aek");
  exported::Model model{};
  model.characters = vocabulary.characters();
  using Ids = std::vector<std::size_t>;
  CHECK(exported::detail::symbols(model, "\xFF") == Ids{0});
  CHECK(exported::detail::symbols(model, "a\x80k") == Ids{3, 0, 5});
  CHECK(exported::detail::symbols(model, "\xC1\xA1") == Ids{0, 0});             // overlong a
  CHECK(exported::detail::symbols(model, "\xE0\x81\xA1k") == Ids{0, 0, 0, 5});  // the same
  CHECK(exported::detail::symbols(model,
                                  "\xC4"
                                  "ak") == Ids{0, 3, 5});                // broken off
  CHECK(exported::detail::symbols(model, "e\xE2\x82") == Ids{4, 0, 0});  // at the end
}

TEST_CASE("exported runtime: a sigmoid never passes through infinity") {
  for (const float x : {-1e30F, -200.0F, -90.0F, -80.0F}) {
    CHECK(exported::detail::sigmoid(x) >= 0);
    CHECK(exported::detail::sigmoid(x) < 2e-35F);
  }
  CHECK(exported::detail::sigmoid(0) == 0.5F);
  CHECK(exported::detail::sigmoid(200) == 1);
}

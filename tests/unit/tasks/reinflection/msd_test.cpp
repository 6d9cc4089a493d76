// Morphosyntactic descriptions: where they are cut, and what is refused.
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/tasks/reinflection/msd.hpp>

namespace vc = vaecollapse;
namespace reinflection = vaecollapse::reinflection;

using Tags = std::vector<reinflection::Tag>;

TEST_CASE("tags are cut at commas outside braces, on the first '='") {
  CHECK(reinflection::parse_msd("pos=N") == Tags{{"pos", "N"}});
  CHECK(reinflection::parse_msd("pos=V,mood={IND/COND/IMP},num=SG") ==
        Tags{{"pos", "V"}, {"mood", "{IND/COND/IMP}"}, {"num", "SG"}});
  CHECK(reinflection::parse_msd("a={b,c=d}") == Tags{{"a", "{b,c=d}"}});
  CHECK(reinflection::parse_msd("a=b=c") == Tags{{"a", "b=c"}});
  CHECK(reinflection::parse_msd("a=1,b=1") == Tags{{"a", "1"}, {"b", "1"}});
}

TEST_CASE("a set is a value in braces") {
  CHECK(reinflection::parse_msd("mood={IND}").front().is_set());
  CHECK_FALSE(reinflection::parse_msd("mood=IND/COND").front().is_set());
  CHECK(reinflection::Tag{"", "{DEF/INDEF}"}.is_set());
  CHECK_FALSE(reinflection::Tag{"", "{A}B"}.is_set());
  CHECK_FALSE(reinflection::Tag{"", "{"}.is_set());
  CHECK(reinflection::parse_msd("mood={A/B}").front().name() == "mood={A/B}");
}

TEST_CASE("faults say what was found and what was expected") {
  const auto message = [](std::string_view msd) -> std::string {
    Tags tags;
    const auto fault = reinflection::parse_msd(msd, tags);
    return fault ? fault->found + "; " + fault->expected : "none";
  };
  CHECK(message("") == "an empty MSD; key=value");
  CHECK(message("pos=N,SG") == "no '=' in 'SG' in the MSD; key=value");
  CHECK(message("=N") == "an empty key in '=N' in the MSD; key=value");
  CHECK(message("pos=,num=SG") == "an empty value in 'pos=' in the MSD; key=value");
  CHECK(message("pos=N,,num=SG") == "nothing between two commas of the MSD; key=value");
  CHECK(message("pos=N,") == "nothing between two commas of the MSD; key=value");
  const std::string balance = "; a '}' for each '{', none inside another";
  CHECK(message("a={b") == "unbalanced braces in the MSD 'a={b'" + balance);
  CHECK(message("a=b}") == "unbalanced braces in the MSD 'a=b}'" + balance);
  CHECK(message("a={{b}}") == "unbalanced braces in the MSD 'a={{b}}'" + balance);
  CHECK(message("a=}b{") == "unbalanced braces in the MSD 'a=}b{'" + balance);
  const std::string whole = " in the MSD; braces around a whole value, {A/B}, no member empty";
  for (const char* bad : {"a=b{c}", "a={b}c", "a={}", "a={b/}", "a={/b}", "a={b//c}", "a={b}{c}"}) {
    CHECK(message(bad) == "an ill-formed set in '" + std::string(bad) + "'" + whole);
  }
  CHECK(message("{a}=b") ==
        "a brace in the key of '{a}=b' in the MSD; braces around a whole value only, {A/B}");
  CHECK(message("num=SG,pos=N,num=PL") ==
        "the key 'num' twice in the MSD; each key once, with a set {A/B} for several values");
}

TEST_CASE("the throwing form") {
  CHECK_THROWS_WITH_AS(reinflection::parse_msd("SG"),
                       "parse_msd: found no '=' in 'SG' in the MSD, expected key=value", vc::Error);
}

TEST_CASE("messages quote no more than fits, and whole characters") {
  const std::string text = std::string(59, 'x') + "çççç";
  CHECK(reinflection::detail::quoted(text) == "'" + std::string(59, 'x') + "...'");
  CHECK(reinflection::detail::quoted("ev") == "'ev'");
}

TEST_CASE("bare tags: separators inside brackets, however deep, are part of a tag") {
  const reinflection::TagSyntax syntax{';', /*bare=*/true};
  CHECK(reinflection::parse_msd("N;ABL(SG;PSS(1,SG))", syntax) ==
        Tags{{"", "N"}, {"", "ABL(SG;PSS(1,SG))"}});
  CHECK(reinflection::parse_msd("V;{A;B};C", syntax) == Tags{{"", "V"}, {"", "{A;B}"}, {"", "C"}});
  CHECK(reinflection::parse_msd("V;{A;(B;C)}", syntax) == Tags{{"", "V"}, {"", "{A;(B;C)}"}});
  CHECK(reinflection::parse_msd("V;V", syntax).size() == 2);
  Tags tags;
  CHECK(reinflection::parse_msd("num=SG;num=PL", syntax, tags)->found ==
        "the key 'num' twice in the MSD");
  CHECK(reinflection::parse_msd("=N", syntax, tags)->found == "an empty key in '=N' in the MSD");
}

TEST_CASE("another separator than the one that was named is a fault") {
  const auto found = [](std::string_view msd,
                        const reinflection::TagSyntax& syntax) -> std::string {
    Tags tags;
    const auto fault = reinflection::parse_msd(msd, syntax, tags);
    return fault ? fault->found + "; " + fault->expected : "none";
  };
  CHECK(found("pos=N;num=PL", {}) == "';' between the tags 'pos=N;num=PL'; ','");
  CHECK(found("Case=Nom|Number=Plur", {}) == "'|' between the tags 'Case=Nom|Number=Plur'; ','");
  CHECK(found("pos=N,num=PL", {';', true}) == "',' between the tags 'pos=N,num=PL'; ';'");
  CHECK(found("V;PST", {',', true}) == "';' between the tags 'V;PST'; ','");
  CHECK(found("V,PST", {';', true}) == "',' between the tags 'V,PST'; ';'");
  CHECK(found("a=b;c", {}) == "none");
  CHECK(found("a=x|y", {}) == "none");
  CHECK(found("IND|SBJV", {';', true}) == "none");
  CHECK(found("N;1,SG", {';', true}) == "none");
  CHECK(found("ABL(SG,PL)", {';', true}) == "none");
}

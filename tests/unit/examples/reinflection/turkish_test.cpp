// The built-in Turkish corpus: forms known from any grammar, the splits, and the score on the
// shared task's paradigms where that file is at hand.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>

#include "turkish/corpus.hpp"
#include "turkish/features.hpp"
#include "turkish/inflector.hpp"
#include "turkish/nouns.hpp"
#include "turkish/score.hpp"

namespace {

namespace vc = vaecollapse;
using namespace reinflection::turkish;

/// The form of a table entry such as `kalp:soft:front`; the MSD without its `pos=N,`.
std::string form(std::string_view entry, const std::string& msd) {
  const auto features = read_features("pos=N," + msd);
  REQUIRE(features.has_value());
  return vc::utf8::encode(inflect(read_noun(entry), *features));
}

/// The entry of the built-in table whose headword is `word`.
Noun built_in(std::u32string_view word) {
  for (const Noun& noun : everyday_nouns()) {
    if (headword(noun) == word) return noun;
  }
  FAIL("not in the table");
  return {};
}

std::string built_in_form(std::u32string_view word, const std::string& msd) {
  const auto features = read_features("pos=N," + msd);
  REQUIRE(features.has_value());
  return vc::utf8::encode(inflect(built_in(word), *features));
}

std::uint64_t fnv1a(std::string_view bytes) {
  std::uint64_t h = 0xCBF29CE484222325U;
  for (const char byte : bytes) h = (h ^ static_cast<unsigned char>(byte)) * 0x100000001B3U;
  return h;
}

using Row = std::tuple<std::u32string, std::string, std::u32string>;

void insert_all(std::span<const Example> rows, std::set<Row>& seen) {
  for (const Example& row : rows) seen.emplace(row.source, row.msd, row.target);
}

std::set<std::u32string> forms_of(std::span<const Example> rows) {
  std::set<std::u32string> forms;
  for (const Example& row : rows) forms.insert({row.source, row.target});
  return forms;
}

/// Headwords of the built-in nouns that have `form` in their paradigms.
std::set<std::u32string> owners(std::span<const Example> paradigms, const std::u32string& form) {
  std::set<std::u32string> words;
  for (const Example& row : paradigms) {
    if (row.target == form) words.insert(row.source);
  }
  return words;
}

}  // namespace

TEST_CASE("vowel harmony is twofold and fourfold") {
  CHECK(form("ev", "poss=PSS1P,case=ABL,num=PL") == "evlerimizden");
  CHECK(form("okul", "poss=PSS1P,case=ABL,num=PL") == "okullarımızdan");
  CHECK(form("kız", "case=ACC,num=SG") == "kızı");
  CHECK(form("diş", "case=ACC,num=SG") == "dişi");
  CHECK(form("okul", "case=ACC,num=SG") == "okulu");
  CHECK(form("göz", "case=ACC,num=SG") == "gözü");
  CHECK(form("göz", "poss=PSS2P,case=GEN,num=SG") == "gözünüzün");
  CHECK(form("göz", "poss=PSS2P,case=GEN,num=PL") == "gözlerinizin");
}

TEST_CASE("buffers keep vowels and consonants apart") {
  CHECK(form("araba", "case=ACC,num=SG") == "arabayı");
  CHECK(form("araba", "case=DAT,num=SG") == "arabaya");
  CHECK(form("araba", "case=GEN,num=SG") == "arabanın");
  CHECK(form("araba", "poss=PSS1S,case=NOM,num=SG") == "arabam");
  CHECK(form("araba", "poss=PSS3S,case=NOM,num=SG") == "arabası");
  CHECK(form("ütü", "poss=PSS1P,case=NOM,num=SG") == "ütümüz");
  CHECK(form("dağ", "poss=PSS2S,case=NOM,num=SG") == "dağın");
}

TEST_CASE("the cases begin with n after a third person") {
  CHECK(form("ev", "poss=PSS3S,case=ACC,num=SG") == "evini");
  CHECK(form("ev", "poss=PSS3S,case=DAT,num=SG") == "evine");
  CHECK(form("ev", "poss=PSS3S,case=ESS,num=SG") == "evinde");
  CHECK(form("ev", "poss=PSS3S,case=ABL,num=PL") == "evlerinden");
  CHECK(form("ev", "poss=PSS3S,case=GEN,num=SG") == "evinin");
  CHECK(form("ev", "poss=PSS2S,case=ESS,num=SG") == "evinde");
}

TEST_CASE("the plural stands once before their") {
  CHECK(form("ev", "poss=PSS3P,case=NOM,num=SG") == "evleri");
  CHECK(form("ev", "poss=PSS3P,case=NOM,num=PL") == "evleri");
  CHECK(form("ev", "poss=PSS3P,case=ESS,num=SG") == "evlerinde");
}

TEST_CASE("final consonants soften before a vowel, by rule and by mark") {
  CHECK(form("kitap", "poss=PSS1S,case=GEN,num=SG") == "kitabımın");
  CHECK(form("ağaç", "case=ACC,num=SG") == "ağacı");
  CHECK(form("sokak", "case=DAT,num=SG") == "sokağa");
  CHECK(form("psikolog", "case=ACC,num=SG") == "psikoloğu");
  CHECK(form("sepet", "case=ACC,num=SG") == "sepeti");
  CHECK(form("top", "case=ACC,num=SG") == "topu");
  CHECK(form("damat:soft", "case=ACC,num=SG") == "damadı");
  CHECK(form("renk:soft", "case=ACC,num=SG") == "rengi");
  CHECK(form("gök:soft", "case=ACC,num=SG") == "göğü");
  CHECK(form("hukuk:hard", "case=ACC,num=SG") == "hukuku");
  CHECK(form("kitap", "case=NOM,num=PL") == "kitaplar");
}

TEST_CASE("d hardens after a voiceless consonant") {
  CHECK(form("kitap", "case=ABL,num=SG") == "kitaptan");
  CHECK(form("ağaç", "case=ESS,num=SG") == "ağaçta");
  CHECK(form("ev", "case=ESS,num=SG") == "evde");
  CHECK(form("kitap", "poss=PSS1S,case=ESS,num=SG") == "kitabımda");
}

TEST_CASE("irregular nouns of the table") {
  CHECK(built_in_form(U"burun", "case=ACC,num=SG") == "burnu");
  CHECK(built_in_form(U"burun", "case=ABL,num=SG") == "burundan");
  CHECK(built_in_form(U"şehir", "poss=PSS3S,case=NOM,num=SG") == "şehri");
  CHECK(built_in_form(U"kayıp", "case=ACC,num=SG") == "kaybı");
  CHECK(built_in_form(U"vakit", "poss=PSS1P,case=NOM,num=SG") == "vaktimiz");
  CHECK(built_in_form(U"hak", "case=ACC,num=SG") == "hakkı");
  CHECK(built_in_form(U"hak", "case=ABL,num=SG") == "haktan");
  CHECK(built_in_form(U"saat", "case=ACC,num=SG") == "saati");
  CHECK(built_in_form(U"saat", "case=NOM,num=PL") == "saatler");
  CHECK(built_in_form(U"saat", "case=ESS,num=SG") == "saatte");
  CHECK(built_in_form(U"kalp", "case=ACC,num=SG") == "kalbi");
  CHECK(built_in_form(U"kalp", "case=NOM,num=PL") == "kalpler");
  CHECK(built_in_form(U"rol", "case=ACC,num=SG") == "rolü");
  CHECK(built_in_form(U"rol", "poss=PSS1P,case=ESS,num=SG") == "rolümüzde");
  CHECK(built_in_form(U"renk", "case=ACC,num=SG") == "rengi");
  CHECK(form("tıp:soft:double", "case=ACC,num=SG") == "tıbbı");
}

TEST_CASE("su and ne take y") {
  CHECK(form("su:y", "case=ACC,num=SG") == "suyu");
  CHECK(form("su:y", "case=DAT,num=SG") == "suya");
  CHECK(form("su:y", "case=GEN,num=SG") == "suyun");
  CHECK(form("su:y", "poss=PSS1S,case=NOM,num=SG") == "suyum");
  CHECK(form("su:y", "poss=PSS3S,case=ESS,num=SG") == "suyunda");
  CHECK(form("su:y", "case=ABL,num=SG") == "sudan");
  CHECK(form("su:y", "case=NOM,num=PL") == "sular");
  CHECK(form("su:y", "tense=PST,per=3,num=SG") == "suydular");
  CHECK(form("ne:y", "case=GEN,num=SG") == "neyin");
}

TEST_CASE("a compound carries its ending already") {
  CHECK(built_in_form(U"gözyaşı", "case=NOM,num=SG") == "gözyaşı");
  CHECK(built_in_form(U"gözyaşı", "case=ACC,num=PL") == "gözyaşlarını");
  CHECK(built_in_form(U"gözyaşı", "poss=PSS1S,case=NOM,num=SG") == "gözyaşım");
  CHECK(built_in_form(U"buzdolabı", "case=ABL,num=SG") == "buzdolabından");
  CHECK(built_in_form(U"buzdolabı", "case=NOM,num=PL") == "buzdolapları");
}

TEST_CASE("predicates") {
  CHECK(form("öğretmen", "tense=PRS,per=1,num=SG,aspect={IPFV/PFV}") == "öğretmeniz");
  CHECK(form("öğretmen", "tense=PRS,per=2,num=PL,aspect={IPFV/PFV}") == "öğretmenlersiniz");
  CHECK(form("bayrak", "tense=PRS,per=3,num=PL,aspect={IPFV/PFV}") == "bayraklardır");
  CHECK(form("bayrak", "tense=PRS,per=3,num=SG,aspect={IPFV/PFV}") == "bayraklar");
  CHECK(form("hoca", "tense=PST,per=1,num=SG") == "hocaydık");
  CHECK(form("çırak", "tense=PST,per=2,num=SG") == "çıraktınız");
  CHECK(form("kurt", "tense=PST,per=3,num=PL") == "kurtlardı");
  CHECK(form("ayı", "tense=PST,per=2,num=SG,evid=NFH") == "ayıymışsınız");
  CHECK(form("torun", "tense=PST,per=3,num=PL,evid=NFH") == "torunlarmış");
}

TEST_CASE("features are read and written as the shared task writes them") {
  const auto cells = nominal_cells();
  CHECK(cells.size() == 84);
  for (const Features& cell : cells) CHECK(read_features(write_features(cell)) == cell);
  const Features ours{Number::plural, Possessor::our, Case::essive};
  CHECK(write_features(ours) == "pos=N,poss=PSS1P,case=ESS,num=PL");
  CHECK(write_features({}) == "pos=N,case=NOM,num=SG");
  CHECK(read_features("pos=N,num=PL") == Features{.number = Number::plural});
  CHECK(read_features("pos=N,case=ACC") == Features{.grammatical_case = Case::accusative});
  CHECK_FALSE(read_features("pos=V,num=PL").has_value());
  CHECK_FALSE(read_features("pos=N,case=ERG").has_value());
  CHECK_FALSE(read_features("pos=N,,").has_value());
  CHECK_FALSE(read_features("").has_value());
}

TEST_CASE("a stem without letters or without vowels does not break the inflector") {
  for (const Features& cell : nominal_cells()) {
    CHECK_NOTHROW(inflect(Noun{}, cell));
    CHECK_NOTHROW(
        inflect(Noun{.stem = U"a", .softening = Softening::always, .drops_vowel = true}, cell));
    CHECK_NOTHROW(inflect(Noun{.stem = U"k", .softening = Softening::always}, cell));
    CHECK_NOTHROW(inflect(Noun{.stem = U"k", .drops_vowel = true, .doubles = true}, cell));
  }
}

TEST_CASE("the table has each noun once, in the letters of the alphabet, and many of them") {
  std::set<std::u32string> words;
  const auto nouns = everyday_nouns();
  for (const Noun& noun : nouns) {
    const std::u32string word = headword(noun);
    CAPTURE(vc::utf8::encode(word));
    CHECK(words.insert(word).second);
    CHECK(word.find_first_not_of(U"abcçdefgğhıijklmnoöprsştuüvyz") == std::u32string::npos);
  }
  CHECK(nouns.size() == 647);
}

TEST_CASE("an unknown mark is refused by name") {
  CHECK_THROWS_WITH_AS(read_noun("göz:bright"),
                       "the noun göz: found the mark 'bright', expected soft, hard, drop, double, "
                       "front, y or compound",
                       vc::Error);
}

TEST_CASE("the corpus is the same everywhere") {
  const Corpus corpus = make_corpus();
  CHECK(corpus.train.size() == 9000);
  CHECK(corpus.dev.size() == 900);
  CHECK(corpus.test.size() == 900);
  CHECK(corpus.unseen.size() == 900);
  CHECK(fnv1a(to_text(corpus.train)) == 11197781841395148654U);
  CHECK(fnv1a(to_text(corpus.dev)) == 7908346019625996786U);
  CHECK(fnv1a(to_text(corpus.test)) == 16229331813197456701U);
  CHECK(fnv1a(to_text(corpus.unseen)) == 9821819622109741566U);
}

TEST_CASE("no row comes twice, and no source is its own answer") {
  const Corpus corpus = make_corpus();
  std::set<Row> seen;
  insert_all(corpus.train, seen);
  insert_all(corpus.dev, seen);
  insert_all(corpus.test, seen);
  insert_all(corpus.unseen, seen);
  CHECK(seen.size() == 9000 + 3 * 900);
  std::set<std::pair<std::u32string, std::string>> questions;
  for (const auto& [source, msd, target] : seen) {
    CHECK(source != target);
    questions.emplace(source, msd);
  }
  CHECK(questions.size() == seen.size());
}

TEST_CASE("no form of an unseen noun shows in the other splits") {
  const Corpus corpus = make_corpus();
  std::set<std::u32string> known = forms_of(corpus.train);
  known.merge(forms_of(corpus.dev));
  known.merge(forms_of(corpus.test));
  std::set<std::u32string> known_words;
  std::set<std::u32string> unseen_words;
  std::set<std::u32string> aside;
  for (const Noun& noun : everyday_nouns()) {
    if (detail::is_set_aside(noun)) aside.insert(headword(noun));
  }
  for (const Example& row : all_paradigms()) {
    const bool is_known = known.contains(row.target);
    if (is_known) known_words.insert(row.source);
    if (is_known) CHECK_FALSE(aside.contains(row.source));
  }
  const auto unseen = forms_of(corpus.unseen);
  for (const Example& row : all_paradigms()) {
    if (unseen.contains(row.target)) unseen_words.insert(row.source);
  }
  CHECK(known_words.size() == 647 - aside.size());
  CHECK(unseen_words == aside);
  CHECK(aside.size() == 96);
}

TEST_CASE("source and target are forms of one noun, the target the right one") {
  const auto paradigms = all_paradigms();
  CHECK(paradigms.size() == 647 * 84);
  const Corpus corpus = make_corpus({.train = 100, .dev = 0, .test = 0, .unseen = 20});
  CHECK(corpus.dev.empty());
  for (const auto* rows : {&corpus.train, &corpus.unseen}) {
    for (const Example& row : *rows) {
      const auto words = owners(paradigms, row.source);
      REQUIRE(words.size() == 1);
      CHECK(vc::utf8::encode(row.target) == built_in_form(*words.begin(), row.msd.substr(6)));
    }
  }
}

TEST_CASE("size and seed are parameters") {
  const Corpus small = make_corpus({.train = 50, .dev = 5, .test = 5, .unseen = 5});
  const Corpus longer = make_corpus({.train = 60, .dev = 5, .test = 5, .unseen = 5});
  CHECK(to_text(longer.train).starts_with(to_text(small.train)));
  const Corpus other = make_corpus({.train = 50, .dev = 5, .test = 5, .unseen = 5, .seed = 1});
  CHECK(to_text(other.train) != to_text(small.train));
  CHECK_THROWS_WITH_AS(make_corpus({.train = 46094, .dev = 0}),
                       "the built-in corpus: found a request for 46094 rows, expected at most "
                       "46093 there",
                       vc::Error);
}

TEST_CASE("the text of the corpus reads back as rows of task 3") {
  const Corpus corpus = make_corpus({.train = 200, .dev = 0, .test = 0, .unseen = 0});
  const std::string text = to_text(corpus.train);
  std::size_t begin = 0;
  for (const Example& row : corpus.train) {
    const std::size_t end = text.find('\n', begin);
    const auto line = std::string_view(text).substr(begin, end - begin);
    const Example read =
        vc::reinflection::parse_row("corpus", row.line, line, vc::reinflection::Task::reinflection);
    CHECK(read.source == row.source);
    CHECK(read.msd == row.msd);
    CHECK(read.tags == row.tags);
    CHECK(read.target == row.target);
    begin = end + 1;
  }
  CHECK(begin == text.size());
}

TEST_CASE("the score counts nouns and rows, and names its misses") {
  std::vector<Example> rows;
  const auto add = [&](std::string_view line) {
    rows.push_back(
        vc::reinflection::parse_row("rows", 1, line, vc::reinflection::Task::inflection));
  };
  add("burun\tpos=N,case=ACC,num=SG\tburnu");
  add("burun\tpos=N,case=ABL,num=SG\tburnudan");
  add("burun\tpos=N,case=ERG,num=SG\tburun");
  add("tosbağa\tpos=N,case=ACC,num=SG\ttosbağayı");
  add("koşmak\tpos=V,num=SG\tkoşar");
  const Score score = score_against(rows);
  CHECK(score.in_table.nouns == 1);
  CHECK(score.in_table.rows == 3);
  CHECK(score.in_table.right == 1);
  CHECK(score.in_table.accuracy() == doctest::Approx(1.0 / 3.0));
  CHECK(score.by_rules.nouns == 1);
  CHECK(score.by_rules.right == 1);
  REQUIRE(score.misses.size() == 2);
  CHECK(to_text(score) ==
        "1 of 3 rows right, 1 noun of our table\n"
        "1 of 1 row right, 1 noun by the rules alone\n"
        "burun\tpos=N,case=ABL,num=SG\tburnudan, not our burundan\n"
        "burun\tpos=N,case=ERG,num=SG\tburun, not our \n");
  CHECK(score_against({}).in_table.accuracy() == 0.0);
}

TEST_CASE("the shared task's paradigms: 97 % of the rows of 300 nouns, and more") {
  const char* folder = std::getenv("VAECOLLAPSE_SHARED_DATA");
  const auto path = std::string(folder == nullptr ? "." : folder) + "/turkish-task1-train";
  if (folder == nullptr || !std::filesystem::exists(path)) {
    MESSAGE("skipped: VAECOLLAPSE_SHARED_DATA does not name a folder with turkish-task1-train");
    return;
  }
  const Score score =
      score_against(vc::reinflection::read_file(path, vc::reinflection::Task::inflection));
  MESSAGE(to_text(score));
  CHECK(score.in_table.nouns >= 450);
  CHECK(score.in_table.accuracy() >= 0.99);
  CHECK(score.by_rules.nouns >= 1000);
  CHECK(score.by_rules.accuracy() >= 0.95);
}

#include "compositions.hpp"

#include <algorithm>
#include <array>

namespace reinflection {

namespace {

/// Letters, and what each becomes with a mark.
struct Compositions {
  char32_t mark;
  std::u32string_view letters, composed;
};

// Made from the decompositions of two characters in Unicode 15: U+00C0 to U+052F and U+1E00 to
// U+1FFF.
constexpr std::array<Compositions, 29> table{{
    {0x0300,
     U"AEIOUaeiouÜüNnЕИеиĒēŌōWwÂâĂăÊêÔôƠơƯưYyἀἁἈἉἐἑἘἙἠἡἨἩἰἱἸἹὀὁὈὉὐὑὙὠὡὨὩαεηιουωΑΕΗ᾿ϊΙ῾ϋΥ¨ΟΩ",
     U"ÀÈÌÒÙàèìòùǛǜǸǹЀЍѐѝḔḕṐṑẀẁẦầẰằỀềỒồỜờỪừỲỳἂἃἊἋἒἓἚἛἢἣἪἫἲἳἺἻὂὃὊὋὒὓὛὢὣὪὫὰὲὴὶὸὺὼᾺῈῊ῍ῒῚ῝ῢῪ῭ῸῺ"},
    {0x0301,
     U"AEIOUYaeiouyCcLlNnRrSsZzÜüGgÅåÆæØø¨ΑΕΗΙΟΥΩϊαεηιϋουωϒГКгкÇçĒēÏïKkMmÕõŌōPpŨũWwÂâĂăÊêÔôƠơƯưἀἁἈἉ"
     U"ἐἑἘἙἠἡἨἩἰἱἸἹὀὁὈὉὐὑὙὠὡὨὩ᾿῾",
     U"ÁÉÍÓÚÝáéíóúýĆćĹĺŃńŔŕŚśŹźǗǘǴǵǺǻǼǽǾǿ΅ΆΈΉΊΌΎΏΐάέήίΰόύώϓЃЌѓќḈḉḖḗḮḯḰḱḾḿṌṍṒṓṔṕṸṹẂẃẤấẮắẾếỐốỚớỨứἄἅἌἍ"
     U"ἔἕἜἝἤἥἬἭἴἵἼἽὄὅὌὍὔὕὝὤὥὬὭ῎῞"},
    {0x0302, U"AEIOUaeiouCcGgHhJjSsWwYyZzẠạẸẹỌọ", U"ÂÊÎÔÛâêîôûĈĉĜĝĤĥĴĵŜŝŴŵŶŷẐẑẬậỆệỘộ"},
    {0x0303, U"ANOanoIiUuVvÂâĂăEeÊêÔôƠơƯưYy", U"ÃÑÕãñõĨĩŨũṼṽẪẫẴẵẼẽỄễỖỗỠỡỮữỸỹ"},
    {0x0304, U"AaEeIiOoUuÜüÄäȦȧÆæǪǫÖöÕõȮȯYyИиУуGgḶḷṚṛαΑιΙυΥ",
     U"ĀāĒēĪīŌōŪūǕǖǞǟǠǡǢǣǬǭȪȫȬȭȰȱȲȳӢӣӮӯḠḡḸḹṜṝᾱᾹῑῙῡῩ"},
    {0x0306, U"AaEeGgIiOoUuУИиуЖжАаЕеȨȩẠạαΑιΙυΥ", U"ĂăĔĕĞğĬĭŎŏŬŭЎЙйўӁӂӐӑӖӗḜḝẶặᾰᾸῐῘῠῨ"},
    {0x0307, U"CcEeGgIZzAaOoBbDdFfHhMmNnPpRrSsŚśŠšṢṣTtWwXxYyſ",
     U"ĊċĖėĠġİŻżȦȧȮȯḂḃḊḋḞḟḢḣṀṁṄṅṖṗṘṙṠṡṤṥṦṧṨṩṪṫẆẇẊẋẎẏẛ"},
    {0x0308, U"AEIOUaeiouyYΙΥιυϒЕІеіАаӘәЖжЗзИиОоӨөЭэУуЧчЫыHhÕõŪūWwXxt",
     U"ÄËÏÖÜäëïöüÿŸΪΫϊϋϔЁЇёїӒӓӚӛӜӝӞӟӤӥӦӧӪӫӬӭӰӱӴӵӸӹḦḧṎṏṺṻẄẅẌẍẗ"},
    {0x0309, U"AaÂâĂăEeÊêIiOoÔôƠơUuƯưYy", U"ẢảẨẩẲẳẺẻỂểỈỉỎỏỔổỞởỦủỬửỶỷ"},
    {0x030A, U"AaUuwy", U"ÅåŮůẘẙ"},
    {0x030B, U"OoUuУу", U"ŐőŰűӲӳ"},
    {0x030C, U"CcDdEeLlNnRrSsTtZzAaIiOoUuÜüGgKkƷʒjHh", U"ČčĎďĚěĽľŇňŘřŠšŤťŽžǍǎǏǐǑǒǓǔǙǚǦǧǨǩǮǯǰȞȟ"},
    {0x030F, U"AaEeIiOoRrUuѴѵ", U"ȀȁȄȅȈȉȌȍȐȑȔȕѶѷ"},
    {0x0311, U"AaEeIiOoRrUu", U"ȂȃȆȇȊȋȎȏȒȓȖȗ"},
    {0x0313, U"αΑεΕηΗιΙοΟυωΩρ", U"ἀἈἐἘἠἨἰἸὀὈὐὠὨῤ"},
    {0x0314, U"αΑεΕηΗιΙοΟυΥωΩρΡ", U"ἁἉἑἙἡἩἱἹὁὉὑὙὡὩῥῬ"},
    {0x031B, U"OoUu", U"ƠơƯư"},
    {0x0323, U"BbDdHhKkLlMmNnRrSsTtVvWwZzAaEeIiOoƠơUuƯưYy",
     U"ḄḅḌḍḤḥḲḳḶḷṂṃṆṇṚṛṢṣṬṭṾṿẈẉẒẓẠạẸẹỊịỌọỢợỤụỰựỴỵ"},
    {0x0324, U"Uu", U"Ṳṳ"},
    {0x0325, U"Aa", U"Ḁḁ"},
    {0x0326, U"SsTt", U"ȘșȚț"},
    {0x0327, U"CcGgKkLlNnRrSsTtEeDdHh", U"ÇçĢģĶķĻļŅņŖŗŞşŢţȨȩḐḑḨḩ"},
    {0x0328, U"AaEeIiUuOo", U"ĄąĘęĮįŲųǪǫ"},
    {0x032D, U"DdEeLlNnTtUu", U"ḒḓḘḙḼḽṊṋṰṱṶṷ"},
    {0x032E, U"Hh", U"Ḫḫ"},
    {0x0330, U"EeIiUu", U"ḚḛḬḭṴṵ"},
    {0x0331, U"BbDdKkLlNnRrTtZzh", U"ḆḇḎḏḴḵḺḻṈṉṞṟṮṯẔẕẖ"},
    {0x0342, U"ἀἁἈἉἠἡἨἩἰἱἸἹὐὑὙὠὡὨὩα¨η᾿ιϊ῾υϋω", U"ἆἇἎἏἦἧἮἯἶἷἾἿὖὗὟὦὧὮὯᾶ῁ῆ῏ῖῗ῟ῦῧῶ"},
    {0x0345, U"ἀἁἂἃἄἅἆἇἈἉἊἋἌἍἎἏἠἡἢἣἤἥἦἧἨἩἪἫἬἭἮἯὠὡὢὣὤὥὦὧὨὩὪὫὬὭὮὯὰαάᾶΑὴηήῆΗὼωώῶΩ",
     U"ᾀᾁᾂᾃᾄᾅᾆᾇᾈᾉᾊᾋᾌᾍᾎᾏᾐᾑᾒᾓᾔᾕᾖᾗᾘᾙᾚᾛᾜᾝᾞᾟᾠᾡᾢᾣᾤᾥᾦᾧᾨᾩᾪᾫᾬᾭᾮᾯᾲᾳᾴᾷᾼῂῃῄῇῌῲῳῴῷῼ"},
}};

}  // namespace

std::optional<char32_t> compose(char32_t letter, char32_t mark) {
  for (const Compositions& row : table) {
    if (row.mark != mark) continue;
    const std::size_t place = row.letters.find(letter);
    if (place != row.letters.npos) return row.composed[place];
  }
  return std::nullopt;
}

std::optional<Decomposed> decompose(char32_t character) {
  for (const Compositions& row : table) {
    const std::size_t place = row.composed.find(character);
    if (place != row.composed.npos) return Decomposed{row.letters[place], row.mark};
  }
  return std::nullopt;
}

}  // namespace reinflection

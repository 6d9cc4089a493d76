// What a Turkish noun form says (number, possessor, case, or a predicate), and how the tags of
// SIGMORPHON 2016 write it: `pos=N,poss=PSS1P,case=ESS,num=PL`.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vaecollapse/tasks/reinflection/msd.hpp>

namespace reinflection::turkish {

enum class Number { singular, plural };
enum class Possessor { none, my, your, his, our, your_all, their };
enum class Case { nominative, accusative, dative, essive, ablative, genitive };
enum class Predicate { none, present, past, reported };
enum class Person { first, second, third };

/// One cell of a noun's paradigm. A predicate (`we are teachers`) has neither possessor nor case
/// here, and `person` is used with a predicate only.
struct Features {
  Number number = Number::singular;
  Possessor possessor = Possessor::none;
  Case grammatical_case = Case::nominative;
  Predicate predicate = Predicate::none;
  Person person = Person::third;

  friend bool operator==(const Features&, const Features&) = default;
};

namespace detail {

// In the order of the enumerations above.
inline constexpr std::array<std::string_view, 2> number_tags{"num=SG", "num=PL"};
inline constexpr std::array<std::string_view, 7> possessor_tags{
    "", "poss=PSS1S", "poss=PSS2S", "poss=PSS3S", "poss=PSS1P", "poss=PSS2P", "poss=PSS3P"};
inline constexpr std::array<std::string_view, 6> case_tags{"case=NOM", "case=ACC", "case=DAT",
                                                           "case=ESS", "case=ABL", "case=GEN"};
inline constexpr std::array<std::string_view, 3> person_tags{"per=1", "per=2", "per=3"};

/// Sets `feature` if `tag` is one of `tags`.
template <class Feature, std::size_t Size>
bool read_feature(std::string_view tag, const std::array<std::string_view, Size>& tags,
                  Feature& feature) {
  const auto found = std::find(tags.begin(), tags.end(), tag);
  if (found == tags.end()) return false;
  feature = static_cast<Feature>(found - tags.begin());
  return true;
}

inline bool read_predicate(std::string_view tag, Predicate& predicate) {
  if (tag == "tense=PRS") {
    predicate = Predicate::present;
  } else if (tag == "tense=PST") {
    predicate = Predicate::past;
  } else if (tag == "evid=NFH") {
    predicate = Predicate::reported;
  } else if (tag != "aspect={IPFV/PFV}") {  // which goes with every present and says no more
    return false;
  }
  return true;
}

inline bool read_tag(std::string_view tag, Features& features) {
  return read_feature(tag, number_tags, features.number) ||
         read_feature(tag, possessor_tags, features.possessor) ||
         read_feature(tag, case_tags, features.grammatical_case) ||
         read_feature(tag, person_tags, features.person) || read_predicate(tag, features.predicate);
}

template <class Feature, std::size_t Size>
std::string_view tag_of(Feature feature, const std::array<std::string_view, Size>& tags) {
  return tags[static_cast<std::size_t>(feature)];
}

}  // namespace detail

/// The features that an MSD asks for; nothing if it is not one of a noun. A missing number reads
/// as singular and a missing case as nominative, which is what the shared task's `pos=N,case=ACC`
/// and `pos=N,num=PL` mean.
inline std::optional<Features> read_features(std::string_view msd) {
  std::vector<vaecollapse::reinflection::Tag> tags;
  if (vaecollapse::reinflection::parse_msd(msd, tags) || tags.front().name() != "pos=N")
    return std::nullopt;
  Features features;
  const bool known =
      std::all_of(tags.begin() + 1, tags.end(), [&](const vaecollapse::reinflection::Tag& tag) {
        return detail::read_tag(tag.name(), features);
      });
  return known ? std::optional(features) : std::nullopt;
}

/// The MSD of a cell without a predicate, its keys in the order of the shared task.
inline std::string write_features(const Features& features) {
  std::string msd = "pos=N,";
  if (features.possessor != Possessor::none) {
    msd.append(detail::tag_of(features.possessor, detail::possessor_tags)).append(",");
  }
  msd.append(detail::tag_of(features.grammatical_case, detail::case_tags)).append(",");
  return msd.append(detail::tag_of(features.number, detail::number_tags));
}

/// The 84 cells of number, possessor and case.
inline std::vector<Features> nominal_cells() {
  std::vector<Features> cells;
  for (std::size_t number = 0; number < detail::number_tags.size(); ++number) {
    for (std::size_t possessor = 0; possessor < detail::possessor_tags.size(); ++possessor) {
      for (std::size_t c = 0; c < detail::case_tags.size(); ++c) {
        cells.push_back({.number = static_cast<Number>(number),
                         .possessor = static_cast<Possessor>(possessor),
                         .grammatical_case = static_cast<Case>(c)});
      }
    }
  }
  return cells;
}

}  // namespace reinflection::turkish

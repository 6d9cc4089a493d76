// What `reinflect explain` and docs/reference/policies say of each method: the one source of both.
// Parameters are described here; their defaults and words come from the tables that the methods
// are made by. A new method needs a new entry, and a test says so.
#pragma once

#include <string_view>
#include <vector>

namespace reinflection {

enum class Group { objective, schedule, dropout, decoder, prior, auxiliary, reproduction };

struct ParameterText {
  std::string_view name;
  std::string_view unit;  ///< empty: a word, a policy, or a number without one
  std::string_view about;
};

/// One method. Texts are paragraphs, which are wrapped when they are shown.
struct Explanation {
  std::string_view name;  ///< as `reinflect compare` calls it, where it does
  Group group;
  std::string_view title;
  /// Its name in the little language; empty where an option of its own chooses it.
  std::string_view expression;
  std::string_view use;  ///< options of `reinflect train` that choose it
  std::string_view cpp;  ///< the same with the library; empty where there is no one thing
  std::string_view what;
  std::string_view formula;  ///< shown as it stands
  std::vector<ParameterText> parameters;
  std::string_view helps;
  std::string_view hurts;
  std::string_view source;
  /// The system whose settings are listed, by its name for `--compat`.
  std::string_view system = {};
};

/// All, by group.
std::vector<Explanation> explanations();

/// The parts of that list, each in a source of its own.
std::vector<Explanation> objective_explanations();
std::vector<Explanation> schedule_explanations();
std::vector<Explanation> dropout_explanations();
std::vector<Explanation> decoder_explanations();
std::vector<Explanation> latent_explanations();

}  // namespace reinflection

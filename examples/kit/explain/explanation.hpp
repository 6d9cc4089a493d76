// What the command `explain` and docs/reference/policies say of each method: the one source of
// both. Parameters are described here; their defaults and words come from the tables that the
// methods are made by. A new method needs a new entry, and a test says so. The kit explains what
// expressions name; a program explains the rest of what it has.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kit {

enum class Group {
  objective,
  schedule,
  training,
  dropout,
  decoder,
  posterior,
  prior,
  head_transform,
  auxiliary,
  reproduction
};

struct ParameterText {
  std::string_view name;
  std::string_view unit;  ///< empty: a word, a policy, or a number without one
  std::string_view about;
};

/// A setting that a method stands for.
struct SettingText {
  std::string option;
  std::string_view value;
  std::string_view about;
};

/// One method. Texts are paragraphs, which are wrapped when they are shown.
struct Explanation {
  std::string_view name;  ///< as the command `compare` calls it, where it does
  Group group;
  std::string_view title;
  /// Its name in the little language; empty where an option of its own chooses it.
  std::string_view expression;
  std::string_view use;  ///< options of the command `train` that choose it
  std::string_view cpp;  ///< the same with the library; empty where there is no one thing
  std::string_view what;
  std::string_view formula;  ///< shown as it stands
  std::vector<ParameterText> parameters;
  std::string_view helps;
  std::string_view hurts;
  std::string_view source;
  /// Another name that finds it.
  std::string_view also = {};
  /// The settings that it stands for.
  std::vector<SettingText> settings = {};
  /// A table of figures, below the command that gives them; shown as it stands.
  std::string_view measured = {};
};

/// What a program explains.
struct Handbook {
  std::string_view program;
  std::vector<Explanation> explanations;
  /// What its command `compare` takes as `--methods`; empty for a program without one.
  std::vector<std::string> compared;
  /// The default of a setting by its name; nothing for a name that is none.
  std::function<std::optional<std::string>(std::string_view)> default_of_setting;
};

/// A handbook's explanations: those of the policies and those of the program, by group.
std::vector<Explanation> with_policies(std::vector<Explanation> own);

/// What the kit explains, each kind in a source of its own.
std::vector<Explanation> objective_explanations();
std::vector<Explanation> schedule_explanations();
std::vector<Explanation> plan_explanations();
std::vector<Explanation> dropout_explanations();
std::vector<Explanation> latent_explanations();

}  // namespace kit

// The settings and methods of a second program, on the kit alone: no header of another program.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "kit/compare/methods.hpp"
#include "kit/settings.hpp"

namespace words {

struct WordSettings {
  std::string objective = "elbo";
  std::string dropout = "none";
  std::uint64_t sentences = 1000;
  std::string out;

  friend bool operator==(const WordSettings&, const WordSettings&) = default;
};

using WordSetting = kit::Setting<WordSettings>;

inline constexpr std::array word_rows{
    WordSetting{"objective", "EXPR", "what is minimised", &WordSettings::objective},
    WordSetting{"dropout", "EXPR", "what the decoder does not read", &WordSettings::dropout},
    WordSetting{"sentences", "N", "to train on", &WordSettings::sentences, 1, 1e6},
    WordSetting{"out", "DIR", "for the results", &WordSettings::out, 0, 0,
                WordSetting::Kept::in_config_only},
};

inline constexpr kit::SettingTable<WordSettings> word_table(word_rows);

inline const kit::Methods& word_methods() {
  static const kit::Methods all{.program = "words",
                                .parts = kit::policy_parts(),
                                .others = {{"few", "few sentences", {{"sentences", "10"}}}},
                                .lists = {{"both", "elbo,mdr+few"}}};
  return all;
}

}  // namespace words

// What the help and the documentation say of a method of the little language: its name and its
// parameters with their defaults.
#pragma once

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace kit {

/// A parameter of a method. Its default is written as an expression; without one it must be given.
struct Parameter {
  enum class Kind { number, count, word, policy };
  std::string_view name;
  Kind kind = Kind::number;
  std::string fallback = {};
  std::vector<std::string_view> words = {};  ///< of a word
  double least = 0;                          ///< of a number or a count
  double most = kind == Kind::count ? 1e9 : std::numeric_limits<double>::infinity();

  bool is_numeric() const { return kind == Kind::number || kind == Kind::count; }
  bool has_word(std::string_view word) const {
    return std::find(words.begin(), words.end(), word) != words.end();
  }
};

/// `groups=1`; `rate` for what must be given; `to=unk|zero` for a word, its default first.
std::string show(const Parameter& parameter);

struct MethodSummary {
  std::string_view name;
  std::string_view about;
  std::vector<Parameter> parameters;
};

/// `chars(beta,to=unk|zero)`.
std::string show(const MethodSummary& method);

/// One line for each method.
std::string help(const std::vector<MethodSummary>& methods);

}  // namespace kit

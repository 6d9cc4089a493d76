// Collects all mistakes in the input of a user and reports them at once, so that one more try is
// enough.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>

namespace kit {

class Mistakes {
 public:
  /// Keeps a mistake, once however often it is found.
  void add(std::string mistake) {
    if (std::find(found_.begin(), found_.end(), mistake) != found_.end()) return;
    found_.push_back(std::move(mistake));
  }

  /// Keeps the error that `check` ends with, if it does.
  template <class Check>
  void keep(Check&& check) {
    try {
      check();
    } catch (const vaecollapse::Error& error) {
      add(error.what());
    }
  }

  /// Keeps the mistakes of those options that none is kept of yet: what was refused once is not
  /// missing besides.
  void add_of_others(const Mistakes& more) {
    const auto option = [](const std::string& text) { return text.substr(0, text.find(':')); };
    const std::vector<std::string> before = found_;
    for (const std::string& mistake : more.found_) {
      const bool is_named = std::any_of(before.begin(), before.end(), [&](const std::string& one) {
        return option(one) == option(mistake);
      });
      if (!is_named) add(mistake);
    }
  }

  bool empty() const { return found_.empty(); }

  /// \throws Error with every mistake in a line of its own, if there is one
  void raise_if_any() const {
    if (empty()) return;
    std::string text;
    for (const std::string& mistake : found_) text.append(text.empty() ? "" : "\n").append(mistake);
    vaecollapse::raise(vaecollapse::Error(text));
  }

 private:
  std::vector<std::string> found_;
};

}  // namespace kit

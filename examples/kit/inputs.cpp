#include "kit/inputs.hpp"

#include <vaecollapse/core/check.hpp>

namespace kit {

void check_inputs(std::initializer_list<GivenFile> files) {
  const char* first = nullptr;
  for (const auto& [option, file] : files) {
    if (file != "-") continue;
    if (first != nullptr) {
      vaecollapse::raise(
          vaecollapse::Error(std::string(option) + ": found -, which " + first +
                             " is, too, expected a file: standard input can be read once"));
    }
    first = option;
  }
}

void check_train_and_dev(const std::string& train, const std::string& dev) {
  if (train.empty() == dev.empty()) return;
  const char* given = train.empty() ? "--dev" : "--train";
  const char* missing = train.empty() ? "--train" : "--dev";
  vaecollapse::raise(vaecollapse::Error(std::string(given) + ": found without " + missing +
                                        ", expected both, or neither for the built-in corpus"));
}

std::string shown_name(const std::string& path) { return path == "-" ? "standard input" : path; }

}  // namespace kit

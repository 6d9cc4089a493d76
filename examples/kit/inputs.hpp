// The files that a command reads, of which standard input may be one.
#pragma once

#include <initializer_list>
#include <string>

namespace kit {

struct GivenFile {
  const char* option;
  const std::string& file;
};

/// Standard input can be read once. \throws Error that names two options that are both `-`
void check_inputs(std::initializer_list<GivenFile> files);

/// \throws Error if one of --train and --dev is given without the other
void check_train_and_dev(const std::string& train, const std::string& dev);

/// How messages call a file.
std::string shown_name(const std::string& path);

}  // namespace kit

// The rows that a run trains on and is judged by.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/reinflection.hpp>

#include "settings.hpp"

namespace reinflection {

struct TrainingRows {
  std::vector<vaecollapse::Example> train;
  std::vector<vaecollapse::Example> dev;
};

/// \throws Error if one of --train and --dev is given without the other
void check_files(const Settings& settings);

/// Reads --train and --dev, or makes the built-in corpus where neither is given.
/// \throws Error as `check_files`; InputError for what cannot be read
TrainingRows load_training_rows(const Settings& settings);

/// Adds what the rows say, and how many there are.
void add_rows(vaecollapse::Hash& hash, const std::vector<vaecollapse::Example>& rows);

/// The task with this number; the settings hold no other than 1, 2 and 3.
vaecollapse::Task task_of(std::uint64_t number);

/// A file whose tags the model has never seen is one of another language, or in other tags.
/// \throws InputError for rows of which none has a tag that `model` knows
void check_match(const std::string& file, const vaecollapse::Corpus& corpus,
                 const std::string& model);

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};
using InputFile = std::unique_ptr<std::FILE, CloseFile>;

/// Opens a file of rows; `-` is standard input. \throws InputError
InputFile open_rows(const std::string& path);
/// How messages call it.
std::string shown_name(const std::string& path);

}  // namespace reinflection

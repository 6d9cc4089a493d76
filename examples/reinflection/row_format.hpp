// Which columns and tags the rows of a file have: from the settings of a run, and from options
// that are given beside a model.
#pragma once

#include <cstdint>
#include <string>

#include <vaecollapse/tasks/reinflection/columns.hpp>
#include <vaecollapse/tasks/reinflection/likely_format.hpp>

#include "settings.hpp"

namespace reinflection {

/// What a command is told of the rows that a model is asked about; empty: as in training.
struct GivenFormat {
  std::uint64_t task = 0;
  std::string format;
  std::string columns;
  std::string tag_separator;
};

/// What is wrong with the value of `--columns`, `found ..., expected ...`; empty for nothing.
std::string fault_of_columns(const std::string& list);
/// The same for `--tag-separator`.
std::string fault_of_separator(const std::string& text);

/// The format of a run's rows. \throws Error that names the option for what is no list of columns
/// and no separator
vaecollapse::reinflection::RowFormat row_format(const Settings& settings);

/// The same, where `given` says nothing else. \throws Error likewise
vaecollapse::reinflection::RowFormat row_format(const Settings& settings, const GivenFormat& given);

/// The format of `--latent-data`, whose sources are lemmas: that of the rows, but task 1 where
/// these are of one of the tasks.
vaecollapse::reinflection::RowFormat latent_row_format(const Settings& settings,
                                                       const GivenFormat& given);

/// The options that read such rows, `--format unimorph`, where those of a format, `own`, are given.
std::string options_for(const vaecollapse::reinflection::LikelyFormat& likely,
                        const vaecollapse::reinflection::RowFormat& own);

}  // namespace reinflection

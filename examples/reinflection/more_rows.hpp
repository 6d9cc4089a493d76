// Training rows beside those of `--train`: what follows from these, what is made anew in each
// epoch, and what other files add.
#pragma once

#include <string>

#include "corpora.hpp"
#include "settings.hpp"

namespace reinflection {

/// Adds what the settings ask for behind the rows of `rows.train`, and says in `rows.origins` how
/// many rows come from where.
/// \throws InputError for what cannot be read, and for a file that tells answers of dev
void add_more_rows(const Settings& settings, const Reading& reading, TrainingRows& rows);

/// `restricted track: 12800 rows, 12800 copies of targets, 4000 random strings in each epoch`.
std::string describe_rows(const Settings& settings, const TrainingRows& rows);

}  // namespace reinflection

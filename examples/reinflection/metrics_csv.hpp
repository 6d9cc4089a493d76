// metrics.csv: one row an epoch.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/train/report.hpp>

namespace reinflection {

/// The first line, with its end.
std::string_view metrics_header();

/// The line of one epoch, with its end. Numbers are the shortest that read back as the same bits.
std::string metrics_row(const vaecollapse::EpochReport& epoch);

/// The whole file.
std::string metrics_csv(const std::vector<vaecollapse::EpochReport>& epochs);

}  // namespace reinflection

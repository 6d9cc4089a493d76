// metrics.jsonl: an epoch as one line of JSON, which holds every bit of its report.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/train/report.hpp>

namespace reinflection {

/// One object in a line, with its end. Numbers read back as the same bits; what is not known or not
/// finite is null.
std::string epoch_to_json(const vaecollapse::EpochReport& epoch);

/// `file` names the source in errors. \throws InputError for what `epoch_to_json` does not write
vaecollapse::EpochReport epoch_from_json(std::string_view file, std::string_view line);

/// The whole file.
std::string metrics_json_lines(const std::vector<vaecollapse::EpochReport>& epochs);

}  // namespace reinflection

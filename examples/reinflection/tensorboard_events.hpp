// The curves of a run for TensorBoard.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/train/report.hpp>

namespace reinflection {

/// The whole event file: the figures of metrics.csv and the early signs, by optimiser steps. Its
/// wall times are seconds since the run began, so that a run that is resumed has the same bytes.
std::string tensorboard_events(const std::vector<vaecollapse::EpochReport>& epochs);

/// Makes the file hold `text`. Where it begins so already the rest is appended, for TensorBoard
/// keeps a file open that it shows. \throws Error
void grow_file(const std::filesystem::path& path, std::string_view text);

}  // namespace reinflection

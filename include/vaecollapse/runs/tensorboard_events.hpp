// The curves of a run for TensorBoard.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/io/tensorboard.hpp>
#include <vaecollapse/train/report.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

inline std::vector<ScalarEvent> scalars_of(const EpochReport& epoch) {
  std::vector<ScalarEvent> scalars{{"train/nll_nats", epoch.train_nll},
                                   {"train/rate_nats", epoch.train_rate},
                                   {"train/auxiliary_nats", epoch.train_auxiliary},
                                   {"train/kl_weight", epoch.kl_weight},
                                   {"train/multiplier", epoch.multiplier},
                                   {"train/examples_per_second", epoch.examples_per_second},
                                   {"dev/nll_nats", epoch.dev_nll},
                                   {"dev/rate_nats", epoch.dev_rate},
                                   {"dev/elbo_nats", epoch.dev_elbo}};
  const auto add_measured = [&](const std::string& tag, double value) {
    if (!is_nan(value)) scalars.push_back({tag, value});
  };
  add_measured("dev/accuracy", epoch.dev_accuracy);
  add_measured("dev/levenshtein", epoch.dev_levenshtein);
  if (!epoch.has_usual_criterion()) {
    add_measured("dev/criterion_" + epoch.criterion, epoch.criterion_value);
  }
  const auto add = [&](const char* tag, const std::optional<double>& value) {
    if (value) scalars.push_back({tag, *value});
  };
  add("signs/rate_slope_nats_per_epoch", epoch.signs.rate_slope);
  add("signs/gradient_ratio", epoch.signs.gradient_ratio);
  add("signs/permutation_gap_nats", epoch.signs.permutation_gap);
  add("signs/amortisation_gap_nats", epoch.signs.amortisation_gap);
  return scalars;
}

inline void append_to_file(const std::filesystem::path& path, std::string_view text) {
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "ab"));
  if (file == nullptr || std::fwrite(text.data(), 1, text.size(), file.get()) != text.size() ||
      std::fflush(file.get()) != 0) {
    raise(Error(path.string() + ": cannot be written"));
  }
}

}  // namespace detail

/// The whole event file: the figures of metrics.csv and the early signs, by optimiser steps. Its
/// wall times are seconds since the run began, so that a run that is resumed has the same bytes.
inline std::string tensorboard_events(const std::vector<EpochReport>& epochs) {
  std::string events = tensorboard_header(0);
  for (const EpochReport& epoch : epochs) {
    events += tensorboard_scalars(epoch.seconds, epoch.step, detail::scalars_of(epoch));
  }
  return events;
}

/// Makes the file hold `text`. Where it begins so already the rest is appended, for TensorBoard
/// keeps a file open that it shows. \throws Error
inline void grow_file(const std::filesystem::path& path, std::string_view text) {
  std::error_code missing;
  const bool is_there = std::filesystem::exists(path, missing);
  const std::string now = is_there ? read_text_file(path) : std::string();
  if (is_there && text.starts_with(now)) {
    return detail::append_to_file(path, text.substr(now.size()));
  }
  write_file(path, text);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

// metrics.csv: one row an epoch.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/train/report.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// The shortest text that reads back as the same bits; none for what is not a number.
inline std::string shortest_text(double number) {
  if (is_nan(number)) return {};
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

/// Times are measured no better than this.
inline std::string text_of_milli(double number) { return formatted("%.3f", number); }

}  // namespace detail

/// The first line, with its end. A criterion other than the usual one has a column of its own.
inline std::string metrics_csv_header(std::string_view criterion = usual_criterion) {
  const std::string header =
      "epoch,step,seconds,examples_per_second,train_nll_nats,train_rate_nats,dev_nll_nats,"
      "dev_rate_nats,dev_elbo_nats,dev_accuracy,dev_levenshtein,kl_weight,multiplier,"
      "train_auxiliary_nats,gradient_norm,gradient_norm_max,loss_spikes";
  return header + (criterion == usual_criterion ? "" : ",criterion_" + std::string(criterion)) +
         "\n";
}

/// The line of one epoch, with its end. Numbers are the shortest that read back as the same bits.
inline std::string metrics_csv_row(const EpochReport& epoch) {
  std::string row = std::to_string(epoch.epoch) + "," + std::to_string(epoch.step) + "," +
                    detail::text_of_milli(epoch.seconds) + "," +
                    detail::text_of_milli(epoch.examples_per_second);
  for (const double number :
       {epoch.train_nll, epoch.train_rate, epoch.dev_nll, epoch.dev_rate, epoch.dev_elbo,
        epoch.dev_accuracy, epoch.dev_levenshtein, epoch.kl_weight, epoch.multiplier,
        epoch.train_auxiliary, epoch.gradient_norm, epoch.gradient_norm_max}) {
    row.append(",").append(detail::shortest_text(number));
  }
  row.append(",").append(std::to_string(epoch.loss_spikes));
  if (!epoch.has_usual_criterion()) {
    row.append(",").append(detail::shortest_text(epoch.criterion_value));
  }
  return row + "\n";
}

/// The whole file.
inline std::string metrics_csv(const std::vector<EpochReport>& epochs) {
  std::string text =
      metrics_csv_header(epochs.empty() ? usual_criterion : epochs.front().criterion);
  for (const EpochReport& epoch : epochs) text += metrics_csv_row(epoch);
  return text;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

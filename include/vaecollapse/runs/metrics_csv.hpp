// metrics.csv: one row an epoch.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/text.hpp>
#include <vaecollapse/train/report.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// The shortest text that reads back as the same bits.
inline std::string shortest_text(double number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

/// Times are measured no better than this.
inline std::string text_of_milli(double number) { return formatted("%.3f", number); }

}  // namespace detail

/// The first line, with its end.
inline std::string_view metrics_csv_header() {
  return "epoch,step,seconds,examples_per_second,train_nll_nats,train_rate_nats,dev_nll_nats,"
         "dev_rate_nats,dev_elbo_nats,dev_accuracy,dev_levenshtein,kl_weight,multiplier,"
         "train_auxiliary_nats,gradient_norm,gradient_norm_max,loss_spikes\n";
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
  return row + "," + std::to_string(epoch.loss_spikes) + "\n";
}

/// The whole file.
inline std::string metrics_csv(const std::vector<EpochReport>& epochs) {
  std::string text(metrics_csv_header());
  for (const EpochReport& epoch : epochs) text += metrics_csv_row(epoch);
  return text;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

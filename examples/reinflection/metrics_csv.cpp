#include "metrics_csv.hpp"

#include <charconv>
#include <cstdio>

namespace reinflection {

namespace {

std::string shortest(double number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

/// Times are measured no better than this.
std::string milli(double number) {
  char text[64];
  std::snprintf(text, sizeof text, "%.3f", number);
  return text;
}

}  // namespace

std::string_view metrics_header() {
  return "epoch,step,seconds,examples_per_second,train_nll_nats,train_rate_nats,dev_nll_nats,"
         "dev_rate_nats,dev_elbo_nats,dev_accuracy,dev_levenshtein,kl_weight,multiplier,"
         "train_auxiliary_nats,gradient_norm,gradient_norm_max,loss_spikes\n";
}

std::string metrics_row(const vaecollapse::EpochReport& epoch) {
  std::string row = std::to_string(epoch.epoch) + "," + std::to_string(epoch.step) + "," +
                    milli(epoch.seconds) + "," + milli(epoch.examples_per_second);
  for (const double number :
       {epoch.train_nll, epoch.train_rate, epoch.dev_nll, epoch.dev_rate, epoch.dev_elbo,
        epoch.dev_accuracy, epoch.dev_levenshtein, epoch.kl_weight, epoch.multiplier,
        epoch.train_auxiliary, epoch.gradient_norm, epoch.gradient_norm_max}) {
    row.append(",").append(shortest(number));
  }
  return row + "," + std::to_string(epoch.loss_spikes) + "\n";
}

std::string metrics_csv(const std::vector<vaecollapse::EpochReport>& epochs) {
  std::string text(metrics_header());
  for (const vaecollapse::EpochReport& epoch : epochs) text += metrics_row(epoch);
  return text;
}

}  // namespace reinflection

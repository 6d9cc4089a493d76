#include "checkpoint_record.hpp"

#include <vaecollapse/core/check.hpp>

#include "metrics_json.hpp"
#include "settings.hpp"

namespace reinflection {

namespace {

using vaecollapse::InputError;
using vaecollapse::Metadata;
using vaecollapse::raise;

constexpr const char* data_key = "data_hash";
constexpr const char* weights_key = "weights";
constexpr const char* metrics_key = "metrics";

const std::string& text_of(std::string_view file, const Metadata& metadata, const char* key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) {
    raise(InputError(file, 0, "no metadata \"" + std::string(key) + "\"",
                     "a checkpoint of reinflect train"));
  }
  return found->second;
}

/// Settings are compared one by one, and not as text: a checkpoint of a version before may lack
/// some, which then have their defaults.
void check_config(std::string_view file, const Settings& theirs, const Settings& ours) {
  const Setting* setting = setting_table.first_difference(theirs, ours);
  if (setting == nullptr) return;
  raise(InputError(file, 0,
                   "another config, with " + option_name(*setting) + " " + show(theirs, *setting),
                   option_name(*setting) + " " + show(ours, *setting)));
}

}  // namespace

Metadata CheckpointRecord::metadata() const {
  Metadata metadata = to_metadata(description);
  metadata[data_key] = data_hash;
  metadata[weights_key] = weights;
  metadata[metrics_key] = metrics_json_lines(epochs);
  return metadata;
}

void CheckpointRecord::take(std::string_view file, const Metadata& metadata) {
  check_config(file, from_metadata(file, metadata).settings, description.settings);
  if (const std::string& hash = text_of(file, metadata, data_key); hash != data_hash) {
    raise(InputError(file, 0, "other training or dev rows, of hash " + hash,
                     "those that are given, of hash " + data_hash));
  }
  if (const std::string& kept = text_of(file, metadata, weights_key); kept != weights) {
    raise(InputError(file, 0, "a run that keeps the weights of its " + kept,
                     weights + " (train and compare do not go on with each other's runs)"));
  }
  epochs.clear();
  std::string_view rest = text_of(file, metadata, metrics_key);
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    epochs.push_back(epoch_from_json(file, rest.substr(0, end)));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
}

}  // namespace reinflection

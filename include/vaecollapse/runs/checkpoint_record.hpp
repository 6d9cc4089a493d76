// The metadata of a checkpoint beside the description of its model: the run that it belongs to
// (`data_hash`, `weights`), and the metrics of its epochs as lines of JSON.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/io/own_files.hpp>
#include <vaecollapse/io/safetensors.hpp>
#include <vaecollapse/runs/metrics_json.hpp>
#include <vaecollapse/train/report.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The epoch whose weights a run keeps as its model.
enum class KeptWeights { best_epoch, last_epoch };

/// As files name it.
inline const char* to_string(KeptWeights weights) {
  return weights == KeptWeights::best_epoch ? "best_epoch" : "last_epoch";
}

/// What a checkpoint holds besides the state of the training.
struct CheckpointRecord {
  Metadata model;         ///< what the program needs to build the model again
  std::string data_hash;  ///< of the rows, not of their files
  KeptWeights weights = KeptWeights::best_epoch;
  std::vector<EpochReport> epochs{};

  Metadata metadata() const {
    Metadata all = model;
    all[data_key] = data_hash;
    all[weights_key] = to_string(weights);
    all[metrics_key] = metrics_json_lines(epochs);
    return all;
  }

  /// Takes the epochs of a checkpoint of the same run; `file` names it in errors.
  /// \param check_model called with `file` and `metadata`, throws for another model than this one's
  /// \throws InputError that names what shows that the checkpoint belongs to another run
  template <class CheckModel>
  void take(std::string_view file, const Metadata& metadata, CheckModel&& check_model) {
    check_model(file, metadata);
    if (const std::string& hash = text_of(file, metadata, data_key); hash != data_hash) {
      raise(InputError(file, 0, "other training or dev rows, of hash " + hash,
                       "those that are given, of hash " + data_hash));
    }
    if (const std::string& kept = text_of(file, metadata, weights_key);
        kept != to_string(weights)) {
      raise(InputError(file, 0, "a run that keeps the weights of its " + kept, to_string(weights)));
    }
    epochs.clear();
    std::string_view rest = text_of(file, metadata, metrics_key);
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      epochs.push_back(epoch_from_json(file, rest.substr(0, end)));
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
  }

  /// The epoch whose weights are kept; its number is 0 where there is none yet.
  EpochReport kept() const {
    for (auto epoch = epochs.rbegin(); epoch != epochs.rend(); ++epoch) {
      if (weights == KeptWeights::last_epoch || epoch->best) return *epoch;
    }
    return {};
  }

 private:
  static constexpr const char* data_key = "data_hash";
  static constexpr const char* weights_key = "weights";
  static constexpr const char* metrics_key = "metrics";

  static const std::string& text_of(std::string_view file, const Metadata& metadata,
                                    const char* key) {
    return metadata_text(file, metadata, key, "a checkpoint of a training run");
  }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

// What a checkpoint says in its metadata beside the description of its model: which run it belongs
// to (`data_hash`, `weights`), and the metrics of its epochs as lines of JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/io/safetensors.hpp>
#include <vaecollapse/train/report.hpp>

#include "corpora.hpp"
#include "model_file.hpp"

namespace reinflection {

struct CheckpointRecord {
  Description description;
  std::string data_hash;  ///< of the rows, not of their files
  std::string weights;    ///< of which epoch the run keeps the weights: `best_epoch`, `last_epoch`
  std::vector<vaecollapse::EpochReport> epochs;

  vaecollapse::Metadata metadata() const;
  /// Takes the epochs of a checkpoint of the same run; `file` names it in errors.
  /// \throws InputError that says in what the checkpoint belongs to another run
  void take(std::string_view file, const vaecollapse::Metadata& metadata);
};

}  // namespace reinflection

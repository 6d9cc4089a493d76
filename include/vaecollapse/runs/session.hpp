// One training run and the files of its folder.
//
// The checkpoints are the run: metrics.csv and model.safetensors follow from the last one, are
// written after it, and are made anew from it when a run goes on. So it does not matter between
// which two writes a run was killed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/io/checkpoint.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/runs/checkpoint_record.hpp>
#include <vaecollapse/runs/metrics_csv.hpp>
#include <vaecollapse/runs/metrics_json.hpp>
#include <vaecollapse/runs/run_folder.hpp>
#include <vaecollapse/runs/run_watcher.hpp>
#include <vaecollapse/runs/stop_signals.hpp>
#include <vaecollapse/runs/tensorboard_events.hpp>
#include <vaecollapse/train/divergence.hpp>
#include <vaecollapse/train/report.hpp>
#include <vaecollapse/version.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The files that a run leaves in its folder, and when.
struct SessionOptions {
  /// Steps between checkpoints, beside those at the end of each epoch; 0: none.
  std::uint64_t checkpoint_every = 0;
  /// How often a run that diverges may go back to where its epoch began.
  std::uint64_t rollback = 0;
  bool tensorboard = false;
};

/// Advice for errors in the program's own words, which name its options.
struct SessionAdvice {
  std::string start_over{};  ///< where no checkpoint can be used
  std::string roll_back{};   ///< where a run diverges that may not go back
};

/// The outcome of a run.
struct SessionResult {
  enum class End { finished, finished_before, stopped };
  End end = End::finished;
  std::uint64_t step = 0;
  /// The epoch of the weights in model.safetensors; its number is 0 where there are none yet.
  EpochReport kept;
};

/// A run and its files. A checkpoint holds what `visit` shows and the record, and no more: a
/// session that is made anew and resumed goes on with the same bits.
template <class Trainer>
class Session {
 public:
  /// \param config the text of config.json \param record of a run without epochs
  /// What is passed by reference must outlive the session.
  Session(const RunFolder& folder, std::string config, CheckpointRecord record, Trainer& trainer,
          RunWatcher& watcher, SessionOptions options = {}, SessionAdvice advice = {})
      : folder_(folder),
        config_(std::move(config)),
        record_(std::move(record)),
        trainer_(trainer),
        watcher_(watcher),
        options_(options),
        advice_(std::move(advice)),
        kept_weights_(trainer.parameters().layout()) {}

  /// Empties the folder for a new run. \throws Error
  void begin() {
    folder_.begin(config_);
    if (options_.rollback > 0) save();
  }

  /// Takes up the run at the last checkpoint in `from` that can be used; false if there is none.
  /// Another folder than the run's own stays as it is.
  /// \param check_model as `CheckpointRecord::take` \throws Error
  template <class CheckModel>
  bool resume(const std::filesystem::path& from, CheckModel&& check_model) {
    const auto paths = checkpoints_in(from);
    std::string damage;
    for (const std::filesystem::path& path : paths) {
      if (load(path, damage, check_model)) {
        settle_in(from);
        return true;
      }
    }
    if (!paths.empty()) {
      raise(InputError(from.string(), 0, "no checkpoint that can be used (" + damage + ")",
                       "one" + in_addition(advice_.start_over)));
    }
    return false;
  }

  /// Trains to the end, or until `stop_signal` asks for an end; what was done is then in a
  /// checkpoint. \throws DivergenceError if no rollback is left
  SessionResult run() {
    using End = SessionResult::End;
    if (trainer_.is_finished()) return result(End::finished_before);
    fit();
    if (!trainer_.is_finished()) save();
    return result(trainer_.is_finished() ? End::finished : End::stopped);
  }

  void on_step(const StepReport& step) {
    watcher_.on_step(step);
    if (stop_signal() != 0) trainer_.request_stop();
    const std::uint64_t every = options_.checkpoint_every;
    if (every > 0 && step.step % every == 0) save();
  }

  void on_epoch(const EpochReport& epoch) {
    record_.epochs.push_back(epoch);
    const bool is_kept = epoch.best || record_.weights == KeptWeights::last_epoch;
    if (is_kept) {
      const Parameters<float>& weights = trainer_.evaluated_parameters();
      std::ranges::copy(weights.values(), kept_weights_.values().begin());
    }
    save();
    write_results();
    watcher_.on_epoch(epoch);
    note_learning_rate();
  }

  void visit(Visitor& visitor) {
    trainer_.visit(visitor);
    visit_state("kept", kept_weights_, visitor);
    visitor("rollbacks", rollbacks_);
  }

 private:
  SessionResult result(SessionResult::End end) const {
    return {.end = end, .step = trainer_.step(), .kept = record_.kept()};
  }

  static std::string step_text(std::uint64_t step) { return "step " + std::to_string(step); }

  static std::string in_addition(const std::string& advice) {
    return advice.empty() ? std::string() : "; " + advice;
  }

  /// Tells that a plateau of dev has lowered the learning rate.
  void note_learning_rate() {
    const double before = std::exchange(learning_rate_, trainer_.learning_rate());
    if (learning_rate_ < before && !trainer_.is_finished()) {
      watcher_.on_note("dev has not improved: the learning rate is now " +
                       detail::shortest_text(learning_rate_) +
                       ", and the weights go back to those of the best epoch");
    }
  }

  void fit() {
    learning_rate_ = trainer_.learning_rate();
    while (true) {
      try {
        return trainer_.fit(*this);
      } catch (const DivergenceError& error) {
        roll_back(error);
      }
    }
  }

  void save() {
    trainer_.check_weights();
    save_checkpoint(checkpoint_path(folder_.path(), trainer_.step()), *this, record_.metadata());
    // A rollback goes to where the epoch began, wherever checkpoints lie between.
    std::optional<std::uint64_t> also;
    if (options_.rollback > 0) also = trainer_.epoch_begin();
    prune_checkpoints(folder_.path(), 2, also);
  }

  /// False, and the reason added to `damage`, for a file that is no whole checkpoint.
  template <class CheckModel>
  bool load(const std::filesystem::path& path, std::string& damage, CheckModel& check_model) {
    Safetensors content;
    try {
      content = read_checkpoint(path);
    } catch (const NewerFormatError&) {
      throw;
    } catch (const InputError& error) {
      watcher_.on_note(std::string(error.what()) + "; it is not used");
      damage.append(damage.empty() ? "" : "; ").append(error.what());
      return false;
    }
    record_.take(path.string(), content.metadata, check_model);
    load_state(path.string(), content, *this);
    if (const auto version = library_version(content.metadata);
        version != VAECOLLAPSE_VERSION_STRING) {
      watcher_.on_note(path.string() + " was written by version " + version +
                       "; with this one, " VAECOLLAPSE_VERSION_STRING
                       ", the results may differ from those of a run without a stop");
    }
    watcher_.on_note("goes on after " + step_text(trainer_.step()) + ", from " + path.string());
    return true;
  }

  /// Makes the folder that of the checkpoint that was loaded.
  void settle_in(const std::filesystem::path& from) {
    std::error_code unknown;
    if (std::filesystem::equivalent(from, folder_.path(), unknown)) {
      folder_.remove_leftovers();
      remove_checkpoints_after(folder_.path(), trainer_.step());
    } else {
      folder_.begin(config_);
      save();
    }
    write_results();
  }

  /// Writes the files that are not those of the state: they may be of another moment.
  void write_results() const {
    if (record_.epochs.empty()) return folder_.remove_results();
    if (record_.kept().epoch > 0) {
      write_if_other(folder_.model(), serialise(model_content(kept_weights_, record_.model)));
    } else {
      remove_file(folder_.model());  // of epochs after the checkpoint
    }
    write_if_other(folder_.metrics(), metrics_csv(record_.epochs));
    write_if_other(folder_.metrics_json(), metrics_json_lines(record_.epochs));
    if (options_.tensorboard) {
      grow_file(folder_.tensorboard(), tensorboard_events(record_.epochs));
    }
  }

  static void write_if_other(const std::filesystem::path& path, const std::string& text) {
    write_if_other(path, std::as_bytes(std::span(text)));
  }
  static void write_if_other(const std::filesystem::path& path, std::span<const std::byte> bytes) {
    std::error_code unknown;
    const bool is_there = std::filesystem::file_size(path, unknown) == bytes.size() &&
                          std::ranges::equal(read_file(path), bytes);
    if (!is_there) write_file(path, bytes);
  }

  /// Back to where the epoch began, with half the learning rate. The checkpoints between go first:
  /// if this is cut short, the run comes here again from one of them or from the epoch's beginning.
  void roll_back(const DivergenceError& error) {
    if (rollbacks_ == options_.rollback) {
      const std::string tried = rollbacks_ == 0
                                    ? in_addition(advice_.roll_back)
                                    : "; after " + std::to_string(rollbacks_) +
                                          (rollbacks_ == 1 ? " rollback" : " rollbacks") +
                                          " there is none left";
      raise(DivergenceError(error.what() + tried));
    }
    watcher_.on_note(error.what());
    const std::uint64_t target = trainer_.epoch_begin();
    remove_checkpoints_after(folder_.path(), target);
    const auto path = checkpoint_path(folder_.path(), target);
    const Safetensors content = read_checkpoint(path);
    load_state(path.string(), content, *this);
    ++rollbacks_;
    trainer_.scale_learning_rate(0.5);
    learning_rate_ = trainer_.learning_rate();
    save();
    watcher_.on_note("back to " + step_text(target) + ", rollback " + std::to_string(rollbacks_) +
                     " of " + std::to_string(options_.rollback) + ": the learning rate is now " +
                     detail::shortest_text(trainer_.learning_rate()));
  }

  const RunFolder& folder_;
  std::string config_;
  CheckpointRecord record_;
  Trainer& trainer_;
  RunWatcher& watcher_;
  SessionOptions options_;
  SessionAdvice advice_;
  Parameters<float> kept_weights_;
  std::uint64_t rollbacks_ = 0;
  double learning_rate_ = 0;  ///< of the steps to come, as was last told
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

#include "training.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/workers.hpp>
#include <vaecollapse/io/checkpoint.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/model/auxiliary.hpp>
#include <vaecollapse/model/bag_of_characters.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/optim/any.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>
#include <vaecollapse/train/trainer.hpp>
#include <vaecollapse/version.hpp>

#include "checkpoint_record.hpp"
#include "init_from.hpp"
#include "kit/counted.hpp"
#include "kit/numbers.hpp"
#include "metrics_csv.hpp"
#include "metrics_json.hpp"
#include "model_file.hpp"
#include "network.hpp"
#include "settings.hpp"
#include "stop_signals.hpp"
#include "tensorboard_events.hpp"

namespace reinflection {

namespace {

using vaecollapse::AnyCorruption;
using vaecollapse::AnyObjective;
using vaecollapse::BagOfCharacters;
using vaecollapse::EpochReport;
using vaecollapse::Index;
using vaecollapse::InputError;
using vaecollapse::raise;
using Objective =
    vaecollapse::WithAuxiliary<AnyObjective, vaecollapse::OptionalLoss<BagOfCharacters>>;
using Model =
    vaecollapse::Seq2SeqVae<vaecollapse::BiGruEncoder, vaecollapse::compat::ReinflectionDecoder,
                            Objective, AnyCorruption, vaecollapse::compat::ReinflectionPosterior>;
using Trainer = vaecollapse::Trainer<Model, vaecollapse::AnyOptimiser<float>>;

const char* name_of(Recording::Weights weights) {
  return weights == Recording::Weights::best_epoch ? "best_epoch" : "last_epoch";
}

std::string step_text(std::uint64_t step) { return "step " + std::to_string(step); }

/// A run and its files: what `visit` shows and the record says is all that a checkpoint holds.
class Session {
 public:
  Session(const RunFolder& folder, CheckpointRecord record, Trainer& trainer,
          const vaecollapse::Layout& layout, RunWatcher& watcher)
      : folder_(folder),
        record_(std::move(record)),
        trainer_(trainer),
        watcher_(watcher),
        kept_weights_(layout) {}

  /// Empties the folder for a new run.
  void begin() {
    folder_.begin(settings());
    if (settings().rollback > 0) save();
  }

  /// Takes up the run at the last checkpoint in `from` that can be used; false if there is none.
  bool resume(const std::filesystem::path& from) {
    const auto paths = vaecollapse::checkpoints_in(from);
    std::string damage;
    for (const std::filesystem::path& path : paths) {
      if (load(path, damage)) {
        settle_in(from);
        return true;
      }
    }
    if (!paths.empty()) {
      raise(InputError(from.string(), 0, "no checkpoint that can be used (" + damage + ")",
                       "one; --overwrite without --resume starts over"));
    }
    return false;
  }

  /// Trains to the end, or until a signal asks for an end.
  void fit() {
    while (true) {
      try {
        trainer_.fit(*this);
        break;
      } catch (const vaecollapse::DivergenceError& error) {
        roll_back(error);
      }
    }
    if (!trainer_.is_finished()) save();
  }

  TrainingResult result(TrainingResult::End end) const {
    return {.end = end, .step = trainer_.step(), .kept = kept()};
  }

  void on_step(const vaecollapse::StepReport& step) {
    watcher_.on_step(step);
    if (stop_signal() != 0) trainer_.request_stop();
    const std::uint64_t every = settings().checkpoint_every;
    if (every > 0 && step.step % every == 0) save();
  }

  void on_epoch(const EpochReport& epoch) {
    record_.epochs.push_back(epoch);
    const bool is_kept = epoch.best || record_.weights == name_of(Recording::Weights::last_epoch);
    if (is_kept) std::ranges::copy(trainer_.parameters().values(), kept_weights_.values().begin());
    save();
    write_what_follows();
    watcher_.on_epoch(epoch);
  }

  void visit(vaecollapse::Visitor& visitor) {
    trainer_.visit(visitor);
    vaecollapse::visit_state("kept", kept_weights_, visitor);
    visitor("rollbacks", rollbacks_);
  }

 private:
  const Settings& settings() const { return record_.description.settings; }

  /// The epoch whose weights are kept.
  EpochReport kept() const {
    const bool is_last = record_.weights == name_of(Recording::Weights::last_epoch);
    for (auto epoch = record_.epochs.rbegin(); epoch != record_.epochs.rend(); ++epoch) {
      if (is_last || epoch->best) return *epoch;
    }
    return {};
  }

  void save() {
    trainer_.check_weights();
    vaecollapse::save_checkpoint(vaecollapse::checkpoint_path(folder_.path(), trainer_.step()),
                                 *this, record_.metadata());
    // A rollback goes to where the epoch began, wherever checkpoints lie between.
    const auto also =
        settings().rollback > 0 ? std::optional(trainer_.epoch_begin()) : std::nullopt;
    vaecollapse::prune_checkpoints(folder_.path(), 2, also);
  }

  /// False, and the reason added to `damage`, for a file that is no whole checkpoint.
  bool load(const std::filesystem::path& path, std::string& damage) {
    vaecollapse::Safetensors content;
    try {
      content = vaecollapse::read_checkpoint(path);
    } catch (const vaecollapse::NewerFormatError&) {
      throw;
    } catch (const InputError& error) {
      watcher_.on_note(std::string(error.what()) + "; it is not used");
      damage.append(damage.empty() ? "" : "; ").append(error.what());
      return false;
    }
    record_.take(path.string(), content.metadata);
    vaecollapse::load_state(path.string(), content, *this);
    if (const auto version = vaecollapse::library_version(content.metadata);
        version != VAECOLLAPSE_VERSION_STRING) {
      watcher_.on_note(path.string() + " was written by version " + version +
                       "; with this one, " VAECOLLAPSE_VERSION_STRING
                       ", the results may differ from those of a run without a stop");
    }
    watcher_.on_note("goes on after " + step_text(trainer_.step()) + ", from " + path.string());
    return true;
  }

  /// Makes the folder what the checkpoint that was loaded says.
  void settle_in(const std::filesystem::path& from) {
    std::error_code unknown;
    if (std::filesystem::equivalent(from, folder_.path(), unknown)) {
      folder_.remove_leftovers();
      vaecollapse::remove_checkpoints_after(folder_.path(), trainer_.step());
    } else {
      folder_.begin(settings());
      save();
    }
    write_what_follows();
  }

  /// Writes what differs from what the state says: the files may be of another moment.
  void write_what_follows() const {
    if (record_.epochs.empty()) {
      vaecollapse::remove_file(folder_.metrics());
      vaecollapse::remove_file(folder_.metrics_json());
      vaecollapse::remove_file(folder_.tensorboard());
      vaecollapse::remove_file(folder_.model());
      return;
    }
    const auto model = vaecollapse::serialise(
        vaecollapse::model_content(kept_weights_, to_metadata(record_.description)));
    write_if_other(folder_.model(), model);
    write_if_other(folder_.metrics(), metrics_csv(record_.epochs));
    write_if_other(folder_.metrics_json(), metrics_json_lines(record_.epochs));
    if (settings().tensorboard) {
      grow_file(folder_.tensorboard(), tensorboard_events(record_.epochs));
    }
  }

  static void write_if_other(const std::filesystem::path& path, const std::string& text) {
    write_if_other(path, std::as_bytes(std::span(text)));
  }
  static void write_if_other(const std::filesystem::path& path, std::span<const std::byte> bytes) {
    std::error_code unknown;
    const bool is_there = std::filesystem::file_size(path, unknown) == bytes.size() &&
                          std::ranges::equal(vaecollapse::read_file(path), bytes);
    if (!is_there) vaecollapse::write_file(path, bytes);
  }

  /// Back to where the epoch began, with half the learning rate. The checkpoints between go first:
  /// if this is cut short, the run comes here again from one of them or from the epoch's beginning.
  void roll_back(const vaecollapse::DivergenceError& error) {
    const std::uint64_t target = trainer_.epoch_begin();
    if (rollbacks_ == settings().rollback) {
      const std::string tried =
          rollbacks_ == 0
              ? "; --rollback N would go on by itself"
              : "; after " + kit::counted(rollbacks_, "rollback") + " there is none left";
      raise(vaecollapse::DivergenceError(error.what() + tried));
    }
    watcher_.on_note(error.what());
    vaecollapse::remove_checkpoints_after(folder_.path(), target);
    const auto path = vaecollapse::checkpoint_path(folder_.path(), target);
    const vaecollapse::Safetensors content = vaecollapse::read_checkpoint(path);
    vaecollapse::load_state(path.string(), content, *this);
    ++rollbacks_;
    trainer_.scale_learning_rate(0.5);
    save();
    watcher_.on_note("back to " + step_text(target) + ", rollback " + std::to_string(rollbacks_) +
                     " of " + std::to_string(settings().rollback) + ": the learning rate is now " +
                     kit::show_number(settings().learning_rate * trainer_.learning_rate_scale()));
  }

  const RunFolder& folder_;
  CheckpointRecord record_;
  Trainer& trainer_;
  RunWatcher& watcher_;
  vaecollapse::Parameters<float> kept_weights_;
  std::uint64_t rollbacks_ = 0;
};

/// Evaluates the objective once on terms of the model's shape: what does not fit (groups that do
/// not divide the rows of the KL) shows here, and not after the first files.
void check_objective(const AnyObjective& objective, Index groups) {
  const auto size = static_cast<std::size_t>(groups);
  const std::vector<double> kl(size), nll(1);
  std::vector<double> dkl(size), dnll(1);
  const vaecollapse::Terms terms{{kl.data(), groups, 1}, nll, 1};
  vaecollapse::Seeds seeds{{dkl.data(), groups, 1}, dnll};
  try {
    objective.evaluate(terms, seeds);
  } catch (const vaecollapse::Error& error) {
    raise(vaecollapse::Error(
        std::string(groups == 1 ? "--objective, --prior: " : "--objective, --latent: ") +
        error.what()));
  }
}

vaecollapse::TrainOptions train_options(const Settings& settings) {
  return {.epochs = settings.epochs,
          .batch = static_cast<Index>(settings.batch),
          .pool = static_cast<Index>(settings.pool),
          .learning_rate = settings.learning_rate,
          .schedule = {.warmup = settings.warmup, .decay = settings.decay},
          .clip = settings.clip,
          .patience = settings.patience,
          .seed = vaecollapse::Seed(settings.seed)};
}

std::string hash_of(const TrainingRows& data) {
  vaecollapse::Hash hash;
  add_rows(hash, data.train);
  add_rows(hash, data.dev);
  return to_string(hash);
}

Description describe(const Settings& settings,
                     const std::vector<vaecollapse::reinflection::Example>& rows) {
  return {settings, vaecollapse::reinflection::vocabulary_of(rows),
          vaecollapse::reinflection::Features::of(rows)};
}

vaecollapse::Layout layout_of(const Description& description) {
  vaecollapse::Layout layout;
  make_model(layout, description);
  return layout;
}

RunSizes sizes_of(const Description& description, const vaecollapse::reinflection::Corpus& rows,
                  const vaecollapse::reinflection::Corpus& dev, Index parameters) {
  return {.train_rows = rows.size(),
          .dev_rows = dev.size(),
          .symbols = description.vocabulary.symbols(),
          .tags = description.features.size(),
          .weights = parameters};
}

}  // namespace

TrainingResult train(const TrainingRun& run, const TrainingRows& data, const RunFolder& folder,
                     RunWatcher& watcher, const Recording& recording) {
  const Settings& settings = run.settings;
  const Description description = describe(settings, data.train);
  const vaecollapse::reinflection::Corpus rows(data.train, description.vocabulary,
                                               description.features);
  const vaecollapse::reinflection::Corpus dev(data.dev, description.vocabulary,
                                              description.features);

  vaecollapse::Layout layout;
  const ReinflectionModel model = make_model(layout, description);
  check_objective(run.objective.objective, model.network.posterior().kl_groups());
  vaecollapse::Parameters<float> parameters(layout, vaecollapse::Seed(settings.seed));
  vaecollapse::Team team(static_cast<int>(settings.threads));
  Trainer trainer(Model(model.network, run.objective.objective + model.bag, run.dropout.dropout),
                  parameters, kit::make_optimiser(run.optimiser, settings.learning_rate), rows, dev,
                  train_options(settings), team);

  const FolderLock lock(folder.path());
  watcher.on_begin(sizes_of(description, rows, dev, parameters.size()));
  Session session(folder, {description, hash_of(data), name_of(recording.weights), {}}, trainer,
                  layout, watcher);
  if (!recording.resume || !session.resume(*recording.resume)) {
    if (!settings.init_from.empty()) {
      watcher.on_note(take_weights(settings.init_from, description, layout_of, parameters));
    }
    session.begin();
  }
  if (trainer.is_finished()) return session.result(TrainingResult::End::finished_before);
  session.fit();
  return session.result(trainer.is_finished() ? TrainingResult::End::finished
                                              : TrainingResult::End::stopped);
}

}  // namespace reinflection

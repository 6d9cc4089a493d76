#include "training.hpp"

#include <utility>
#include <vector>

#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/io/checkpoint.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/model/auxiliary.hpp>
#include <vaecollapse/model/bag_of_characters.hpp>
#include <vaecollapse/optim/any.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "metrics_csv.hpp"
#include "metrics_json.hpp"
#include "model_file.hpp"
#include "network.hpp"
#include "settings_text.hpp"

namespace reinflection {

namespace {

using vaecollapse::AnyCorruption;
using vaecollapse::AnyObjective;
using vaecollapse::BagOfCharacters;
using vaecollapse::EpochReport;
using vaecollapse::Index;
using Objective =
    vaecollapse::WithAuxiliary<AnyObjective, vaecollapse::OptionalLoss<BagOfCharacters>>;
using Model = vaecollapse::Seq2SeqVae<vaecollapse::BiGruEncoder, vaecollapse::GruDecoder, Objective,
                                      AnyCorruption>;
using Trainer = vaecollapse::Trainer<Model, vaecollapse::AnyOptimiser<float>>;

/// Writes the folder's files after each epoch: the metrics, the model if it is the one to keep so
/// far, and a checkpoint.
class Recorder {
 public:
  Recorder(const RunFolder& folder, const Description& description, Trainer& trainer,
           RunWatcher& watcher, Recording recording)
      : folder_(folder),
        description_(description),
        trainer_(trainer),
        watcher_(watcher),
        recording_(recording) {}

  void on_step(const vaecollapse::StepReport& step) { watcher_.on_step(step); }

  void on_epoch(const EpochReport& epoch) {
    epochs_.push_back(epoch);
    if (epoch.best || recording_.weights == Recording::Weights::last_epoch) {
      kept_ = epoch;
      vaecollapse::save_parameters(folder_.model(), trainer_.parameters(),
                                   to_metadata(description_));
    }
    vaecollapse::write_file(folder_.metrics(), metrics_csv(epochs_));
    vaecollapse::write_file(folder_.metrics_json(), metrics_json_lines(epochs_));
    if (recording_.checkpoints) save_checkpoint();
    watcher_.on_epoch(epoch);
  }

  /// The epoch whose weights are in the model's file.
  const EpochReport& kept() const { return kept_; }

 private:
  /// A checkpoint says all that its run needs, so that it can be resumed without other files.
  void save_checkpoint() {
    vaecollapse::Metadata metadata = to_metadata(description_);
    metadata["metrics"] = metrics_json_lines(epochs_);
    vaecollapse::save_checkpoint(vaecollapse::checkpoint_path(folder_.path(), trainer_.step()),
                                 trainer_, std::move(metadata));
    vaecollapse::prune_checkpoints(folder_.path(), 2);
  }

  const RunFolder& folder_;
  const Description& description_;
  Trainer& trainer_;
  RunWatcher& watcher_;
  Recording recording_;
  std::vector<EpochReport> epochs_;
  EpochReport kept_;
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
    vaecollapse::raise(vaecollapse::Error(
        std::string(groups == 1 ? "--objective, --prior: " : "--objective, --latent: ") +
        error.what()));
  }
}

vaecollapse::TrainingSwitches switches_of(const Settings& settings) {
  return {.mean_z = settings.z_in_training == "mean",
          .own_symbols = settings.decoder_hears == "own"};
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

Description describe(const Settings& settings, const std::vector<vaecollapse::Example>& rows) {
  return {settings, vaecollapse::Vocabulary::of(rows), vaecollapse::Features::of(rows)};
}

RunSizes sizes_of(const Description& description, const vaecollapse::Corpus& rows,
                  const vaecollapse::Corpus& dev, Index parameters) {
  return {.train_rows = rows.size(),
          .dev_rows = dev.size(),
          .symbols = description.vocabulary.symbols(),
          .tags = description.features.size(),
          .weights = parameters,
          .unknown_characters = dev.unknown_characters(),
          .unknown_tags = dev.unknown_tags()};
}

}  // namespace

EpochReport train(const TrainingRun& run, const TrainingRows& data, const RunFolder& folder,
                  RunWatcher& watcher, Recording recording) {
  const Settings& settings = run.settings;
  const Description description = describe(settings, data.train);
  const vaecollapse::Corpus rows(data.train, description.vocabulary, description.features);
  const vaecollapse::Corpus dev(data.dev, description.vocabulary, description.features);

  vaecollapse::Layout layout;
  const ReinflectionModel model = make_model(layout, description);
  check_objective(run.objective.objective, model.network.posterior().kl_groups());
  vaecollapse::Parameters<float> parameters(layout, vaecollapse::Seed(settings.seed));
  vaecollapse::Team team(static_cast<int>(settings.threads));
  Trainer trainer(Model(model.network, run.objective.objective + model.bag, run.dropout.dropout,
                        switches_of(settings)),
                  parameters, make_optimiser(run.optimiser, settings.learning_rate), rows, dev,
                  train_options(settings), team);

  folder.begin(settings);
  watcher.on_begin(sizes_of(description, rows, dev, parameters.size()));
  Recorder recorder(folder, description, trainer, watcher, recording);
  trainer.fit(recorder);
  return recorder.kept();
}

}  // namespace reinflection

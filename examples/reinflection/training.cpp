#include "training.hpp"

#include <utility>
#include <vector>

#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/io/checkpoint.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "metrics_csv.hpp"
#include "model_file.hpp"
#include "network.hpp"
#include "progress.hpp"
#include "settings_text.hpp"

namespace reinflection {

namespace {

using vaecollapse::AnyCorruption;
using vaecollapse::AnyObjective;
using vaecollapse::EpochReport;
using vaecollapse::Index;
using Model = vaecollapse::Seq2SeqVae<vaecollapse::BiGruEncoder, vaecollapse::GruDecoder,
                                      AnyObjective, AnyCorruption>;
using Trainer = vaecollapse::Trainer<Model, vaecollapse::Adam<float>>;

/// Writes the folder's files after each epoch: the metrics, the model if it is the best so far,
/// and a checkpoint.
class Recorder {
 public:
  Recorder(const RunFolder& folder, const Description& description, Trainer& trainer)
      : folder_(folder),
        description_(description),
        trainer_(trainer),
        progress_(stderr, description.settings.epochs) {}

  void on_step(const vaecollapse::StepReport& step) { progress_.on_step(step); }

  void on_epoch(const EpochReport& epoch) {
    epochs_.push_back(epoch);
    if (epoch.best) {
      best_ = epoch;
      vaecollapse::save_parameters(folder_.model(), trainer_.parameters(),
                                   to_metadata(description_));
    }
    vaecollapse::write_file(folder_.metrics(), metrics_csv(epochs_));
    save_checkpoint();
    progress_.on_epoch(epoch);
  }

  const EpochReport& best() const { return best_; }

 private:
  /// A checkpoint says all that its run needs, so that it can be resumed without other files.
  void save_checkpoint() {
    vaecollapse::Metadata metadata = to_metadata(description_);
    metadata["metrics"] = metrics_csv(epochs_);
    vaecollapse::save_checkpoint(vaecollapse::checkpoint_path(folder_.path(), trainer_.step()),
                                 trainer_, std::move(metadata));
    vaecollapse::prune_checkpoints(folder_.path(), 2);
  }

  const RunFolder& folder_;
  const Description& description_;
  Trainer& trainer_;
  Progress progress_;
  std::vector<EpochReport> epochs_;
  EpochReport best_;
};

/// Evaluates the objective once on terms of the model's shape: what does not fit (groups that do
/// not divide the dimensions) shows here, and not after the first files.
void check_objective(const AnyObjective& objective, Index latent) {
  const auto size = static_cast<std::size_t>(latent);
  const std::vector<double> kl(size), nll(1);
  std::vector<double> dkl(size), dnll(1);
  const vaecollapse::Terms terms{{kl.data(), latent, 1}, nll};
  vaecollapse::Seeds seeds{{dkl.data(), latent, 1}, dnll};
  try {
    objective.evaluate(terms, seeds);
  } catch (const vaecollapse::Error& error) {
    vaecollapse::raise(vaecollapse::Error("--objective, --latent: " + std::string(error.what())));
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

Description describe(const TrainingRun& run) {
  return {run.settings, vaecollapse::Vocabulary::of(run.rows.train),
          vaecollapse::Features::of(run.rows.train)};
}

void show_sizes(const Description& description, const vaecollapse::Corpus& rows,
                const vaecollapse::Corpus& dev, Index parameters) {
  std::fprintf(stderr, "%lld training rows, %lld dev rows, %lld symbols, %lld tags, %lld weights\n",
               static_cast<long long>(rows.size()), static_cast<long long>(dev.size()),
               static_cast<long long>(description.vocabulary.symbols()),
               static_cast<long long>(description.features.size()),
               static_cast<long long>(parameters));
  if (dev.unknown_characters() + dev.unknown_tags() == 0) return;
  std::fprintf(stderr, "unknown in the dev rows: %lld characters, %lld tags\n",
               static_cast<long long>(dev.unknown_characters()),
               static_cast<long long>(dev.unknown_tags()));
}

}  // namespace

EpochReport train(const TrainingRun& run, const RunFolder& folder) {
  const Settings& settings = run.settings;
  check_objective(run.objective.objective, static_cast<Index>(settings.latent));
  const Description description = describe(run);
  const vaecollapse::Corpus rows(run.rows.train, description.vocabulary, description.features);
  const vaecollapse::Corpus dev(run.rows.dev, description.vocabulary, description.features);

  vaecollapse::Layout layout;
  const auto network = make_network(layout, description);
  vaecollapse::Parameters<float> parameters(layout, vaecollapse::Seed(settings.seed));
  vaecollapse::Team team(static_cast<int>(settings.threads));
  Trainer trainer(Model(network, run.objective.objective, run.dropout.dropout), parameters,
                  vaecollapse::Adam<float>({.learning_rate = settings.learning_rate}), rows, dev,
                  train_options(settings), team);

  folder.begin(settings);
  show_sizes(description, rows, dev, parameters.size());
  Recorder recorder(folder, description, trainer);
  trainer.fit(recorder);
  return recorder.best();
}

}  // namespace reinflection

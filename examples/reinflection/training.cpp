#include "training.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/data/epoch_sampler.hpp>
#include <vaecollapse/model/any_encoder.hpp>
#include <vaecollapse/model/auxiliary.hpp>
#include <vaecollapse/model/bag_of_characters.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/optim/any.hpp>
#include <vaecollapse/optim/exponential_average.hpp>
#include <vaecollapse/runs/folder_lock.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>
#include <vaecollapse/tasks/reinflection/training_corpus.hpp>
#include <vaecollapse/train/plan/any.hpp>
#include <vaecollapse/train/plan/phased.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "init_from.hpp"
#include "kit/make_criterion.hpp"
#include "model_file.hpp"
#include "network.hpp"
#include "settings.hpp"

namespace reinflection {

namespace {

using vaecollapse::AnyCorruption;
using vaecollapse::AnyObjective;
using vaecollapse::BagOfCharacters;
using vaecollapse::Index;
using vaecollapse::InputError;
using vaecollapse::raise;
using Objective =
    vaecollapse::WithAuxiliary<AnyObjective, vaecollapse::OptionalLoss<BagOfCharacters>>;
using Model =
    vaecollapse::Seq2SeqVae<vaecollapse::AnyEncoder, vaecollapse::compat::AnyReinflectionDecoder,
                            Objective, AnyCorruption, vaecollapse::compat::ReinflectionPosterior>;
using Criterion = vaecollapse::AnyCriterion<Network, vaecollapse::Corpus>;
using Plan = vaecollapse::AnyPlan<
    vaecollapse::StepContext<Model, vaecollapse::AnyOptimiser<float>, vaecollapse::Corpus>, Network,
    vaecollapse::Corpus>;
using Batches = vaecollapse::EpochSampler<vaecollapse::reinflection::TrainingCorpus>;
using Trainer =
    vaecollapse::Trainer<Model, vaecollapse::AnyOptimiser<float>, vaecollapse::Corpus, Criterion,
                         Plan, vaecollapse::MeasureAccuracy, vaecollapse::ExponentialAverage,
                         Batches>;

/// Evaluates the objective once a phase on terms of the model's shape: what does not fit (groups
/// that do not divide the rows of the KL) shows here, and not after the first files.
void check_objective(AnyObjective objective, std::size_t phases, Index groups,
                     const Settings& settings) {
  const auto size = static_cast<std::size_t>(groups);
  const std::vector<double> kl(size), nll(1);
  std::vector<double> dkl(size), dnll(1);
  const vaecollapse::Terms terms{{kl.data(), groups, 1}, nll, 1};
  vaecollapse::Seeds seeds{{dkl.data(), groups, 1}, dnll};
  try {
    for (std::size_t phase = 0; phase < phases; ++phase) {
      objective.enter_phase(phase);
      objective.evaluate(terms, seeds);
    }
  } catch (const vaecollapse::Error& error) {
    const char* const beside = groups > 1                         ? "--latent: "
                               : settings.posterior == "gaussian" ? "--prior: "
                                                                  : "--posterior: ";
    raise(vaecollapse::Error(std::string("--objective, ") + beside + error.what()));
  }
}

/// The plan of an objective: one phase where it has no phases of its own.
Plan make_plan(const vaecollapse::Layout& layout, const kit::ObjectiveChoice& objective) {
  if (objective.phases.empty()) return vaecollapse::PhasedPlan();
  try {
    return vaecollapse::PhasedPlan(layout, objective.phases);
  } catch (const vaecollapse::Error& error) {
    raise(vaecollapse::Error(std::string("--objective: ") + error.what()));
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

vaecollapse::SamplerOptions sampler_options(const Settings& settings) {
  return {.batch = static_cast<Index>(settings.batch), .pool = static_cast<Index>(settings.pool)};
}

vaecollapse::SessionOptions session_options(const Settings& settings) {
  return {.checkpoint_every = settings.checkpoint_every,
          .rollback = settings.rollback,
          .tensorboard = settings.tensorboard};
}

std::string hash_of(const TrainingRows& data) {
  vaecollapse::Hash hash;
  add_rows(hash, data.train);
  add_rows(hash, data.dev);
  return to_string(hash);
}

Description describe(const Settings& settings, const TrainingRows& data) {
  return {settings, vaecollapse::reinflection::vocabulary_of(data.train),
          vaecollapse::reinflection::training_features(data.train, data.fresh)};
}

vaecollapse::Layout layout_of(const Description& description) {
  vaecollapse::Layout layout;
  make_model(layout, description);
  return layout;
}

vaecollapse::RunSizes sizes_of(const Description& description,
                               const vaecollapse::reinflection::Corpus& rows,
                               const vaecollapse::reinflection::Corpus& dev, Index parameters) {
  return {.train_rows = rows.size(),
          .dev_rows = dev.size(),
          .symbols = description.vocabulary.symbols(),
          .tags = description.features.size(),
          .weights = parameters};
}

/// Settings are compared one by one, and not as text: a checkpoint of a version before may lack
/// some, which then have their defaults.
void check_settings(std::string_view file, const vaecollapse::Metadata& metadata,
                    const Settings& ours) {
  const Settings theirs = from_metadata(file, metadata).settings;
  const Setting* setting = setting_table.first_difference(theirs, ours);
  if (setting == nullptr) return;
  raise(InputError(file, 0,
                   "another config, with " + option_name(*setting) + " " + show(theirs, *setting),
                   option_name(*setting) + " " + show(ours, *setting)));
}

}  // namespace

vaecollapse::RunFolder run_folder(const std::filesystem::path& path) {
  return vaecollapse::RunFolder(path, "reinflect");
}

vaecollapse::SessionResult train(const TrainingRun& run, const TrainingRows& data,
                                 const vaecollapse::RunFolder& folder,
                                 vaecollapse::RunWatcher& watcher, const Recording& recording) {
  const Settings& settings = run.settings;
  const Description description = describe(settings, data);
  const vaecollapse::Seed seed(settings.seed);
  vaecollapse::reinflection::TrainingCorpus rows(data.train, description.vocabulary,
                                                 description.features, data.fresh, seed);
  const vaecollapse::reinflection::Corpus dev(data.dev, description.vocabulary,
                                              description.features);

  vaecollapse::Layout layout;
  const ReinflectionModel model = make_model(layout, description);
  if (const auto groups = model.network.posterior().kl_groups()) {
    check_objective(run.objective.objective, std::max<std::size_t>(run.objective.phases.size(), 1),
                    *groups, settings);
  }
  vaecollapse::Parameters<float> parameters(layout, seed);
  vaecollapse::Team team(static_cast<int>(settings.threads));
  Trainer trainer(Model(model.network, run.objective.objective + model.bag, run.dropout.dropout,
                        vaecollapse::LabelSmoothing(settings.label_smoothing)),
                  parameters, kit::make_optimiser(run.optimiser, settings.learning_rate), rows, dev,
                  train_options(settings), team,
                  kit::make_criterion<Network, vaecollapse::Corpus>(run.criterion),
                  make_plan(layout, run.objective), vaecollapse::MeasureAccuracy(),
                  vaecollapse::ExponentialAverage(settings.ema),
                  Batches(rows, seed, sampler_options(settings)));

  const vaecollapse::FolderLock lock(folder.path());
  watcher.on_begin(sizes_of(description, rows, dev, parameters.size()));
  vaecollapse::Session session(
      folder, setting_table.to_json(settings, kit::Content::all),
      {.model = to_metadata(description), .data_hash = hash_of(data), .weights = recording.weights},
      trainer, watcher, session_options(settings),
      {.start_over = "--overwrite without --resume starts over",
       .roll_back = "--rollback N would go on by itself"});
  const auto check = [&](std::string_view file, const vaecollapse::Metadata& metadata) {
    check_settings(file, metadata, settings);
  };
  if (!recording.resume || !session.resume(*recording.resume, check)) {
    if (!settings.init_from.empty()) {
      watcher.on_note(take_weights(settings.init_from, description, layout_of, parameters));
    }
    session.begin();
  }
  return session.run();
}

}  // namespace reinflection

// Training of a network of one kind. Includes the tape: for one source a kind.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/any.hpp>
#include <vaecollapse/model/label_smoothing.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/model/sequence_vae.hpp>
#include <vaecollapse/objective/any.hpp>
#include <vaecollapse/optim/any.hpp>
#include <vaecollapse/optim/exponential_average.hpp>
#include <vaecollapse/runs/folder_lock.hpp>
#include <vaecollapse/runs/session.hpp>
#include <vaecollapse/train/any_criterion.hpp>
#include <vaecollapse/train/plan/any.hpp>
#include <vaecollapse/train/plan/phased.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "kit/choices.hpp"
#include "kit/make_criterion.hpp"
#include "kit/network/training_task.hpp"

namespace kit {

/// The layout of the model that a description asks for.
template <class Kind>
vaecollapse::Layout layout_of(const typename Kind::Study::Description& description) {
  vaecollapse::Layout layout;
  Kind::make(layout, description);
  return layout;
}

/// The plan of an objective: one phase where it has no phases of its own.
inline vaecollapse::PhasedPlan make_plan(const vaecollapse::Layout& layout,
                                         const ObjectiveChoice& objective) {
  if (objective.phases.empty()) return {};
  try {
    return {layout, objective.phases};
  } catch (const vaecollapse::Error& error) {
    vaecollapse::raise(vaecollapse::Error(std::string("--objective: ") + error.what()));
  }
}

template <class Network, class Objective>
struct ModelOf;
/// A network with the policies that it is trained by.
template <class E, class D, class P, class Objective>
struct ModelOf<vaecollapse::SequenceVae<E, D, P>, Objective> {
  using type = vaecollapse::Seq2SeqVae<E, D, Objective, vaecollapse::AnyCorruption, P>;
};

/// The types of a training.
template <class Kind>
struct TrainingOf {
  using Study = typename Kind::Study;
  using Network = typename Kind::Network;
  using Rows = typename Study::Rows;
  using Optimiser = vaecollapse::AnyOptimiser<float>;
  using Objective = decltype(Kind::objective(std::declval<const vaecollapse::AnyObjective&>(),
                                             std::declval<const typename Kind::Parts&>()));
  using Model = typename ModelOf<Network, Objective>::type;
  using Criterion = vaecollapse::AnyCriterion<Network, Rows>;
  using Plan =
      vaecollapse::AnyPlan<vaecollapse::StepContext<Model, Optimiser, Rows>, Network, Rows>;
  using Trainer =
      vaecollapse::Trainer<Model, Optimiser, Rows, Criterion, Plan, typename Study::Measure,
                           vaecollapse::ExponentialAverage, typename Study::Batches>;
};

/// The targets of training, smoothed where the settings can say so.
template <class Settings>
vaecollapse::LabelSmoothing label_smoothing_of(const Settings& settings) {
  if constexpr (requires { settings.label_smoothing; }) {
    return vaecollapse::LabelSmoothing(settings.label_smoothing);
  } else {
    return vaecollapse::LabelSmoothing();
  }
}

/// What a run begins with besides random weights: those of another run, where the settings can name
/// one, and statistics that are counted before training.
template <class Kind, class Task, class Parts>
void begin_weights(const Parts& parts, Task& task, vaecollapse::Parameters<float>& parameters) {
  if constexpr (requires { task.run.settings.init_from; }) {
    if (!task.run.settings.init_from.empty()) {
      task.watcher.on_note(Kind::Study::take_weights(task.run.settings.init_from, task.description,
                                                     layout_of<Kind>, parameters));
    }
  }
  Kind::count(parts, task, parameters);
}

/// Trains a network of a kind.
/// \tparam Kind as for `LoadedNetworkOf`; it gives the objective of its parts too, checks it, and
/// sets the statistics that are counted before training. Its study is as for `TrainingTask`
template <class Kind>
vaecollapse::SessionResult train_network(TrainingTask<typename Kind::Study>& task) {
  using Of = TrainingOf<Kind>;
  using Study = typename Kind::Study;
  const auto& run = task.run;
  vaecollapse::Layout layout;
  const typename Kind::Parts parts = Kind::make(layout, task.description);
  Kind::check_objective(parts, task);
  vaecollapse::Parameters<float> parameters(layout, vaecollapse::Seed(run.settings.seed));
  vaecollapse::Team team(static_cast<int>(run.settings.threads));
  typename Of::Trainer trainer(
      typename Of::Model(parts.network, Kind::objective(run.objective.objective, parts),
                         run.dropout.dropout, label_smoothing_of(run.settings)),
      parameters, make_optimiser(run.optimiser, run.settings.learning_rate), task.rows, task.dev,
      task.options(), team, make_criterion<typename Of::Network, typename Of::Rows>(run.criterion),
      make_plan(layout, run.objective), typename Study::Measure(),
      vaecollapse::ExponentialAverage(run.settings.ema), Study::batches(task));

  const vaecollapse::FolderLock lock(task.folder.path());
  task.watcher.on_begin(task.sizes_with(parameters.size()));
  vaecollapse::Session session(task.folder, task.config(), task.record(), trainer, task.watcher,
                               task.session_options(), task.advice());
  const auto check = [&](std::string_view file, const vaecollapse::Metadata& metadata) {
    task.check_checkpoint(file, metadata);
  };
  const Recording& recording = task.recording;
  if (!recording.resume || !session.resume(*recording.resume, check)) {
    begin_weights<Kind>(parts, task, parameters);
    session.begin();
  }
  return session.run();
}

}  // namespace kit

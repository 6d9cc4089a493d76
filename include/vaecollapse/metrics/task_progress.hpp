// Whether a model has learnt its task: the second question beside the health of its z.
#pragma once

#include <optional>
#include <string_view>

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// What a row is to a model: an answer, which is right or wrong; or a sentence, which is to be
/// likely, and comes out right by chance alone.
enum class RowKind { answer, sentence };

/// What a row is called, unless a caller calls it otherwise.
constexpr std::string_view name_of(RowKind kind) {
  return kind == RowKind::sentence ? "sentence" : "word";
}

/// The baseline of a model, and how its training ended. Figures that are not known are left empty.
struct TaskBaseline {
  std::optional<double> accuracy{};  ///< of what needs no model, such as copying; 0 .. 1
  std::optional<double> nll{};       ///< of a row without context, such as by unigrams; \unit nats
  std::optional<double> gain{};      ///< of accuracy, an epoch, at the end of training; 0 .. 1
};

/// The limits between the kinds of progress. Rules of thumb.
struct TaskThresholds {
  double learnt = 0.5;           ///< of the rows right
  double partly_learnt = 0.1;    ///< of the rows right
  double of_baseline_nll = 0.9;  ///< learnt where a row costs less than this share of the baseline
  double gain = 0.005;           ///< still learning above it, an epoch; 0 .. 1
  double share_of_cost = 0.25;   ///< a rate below this share of a row's cost can be raised
};

/// How far a model is with its task.
enum class TaskProgress { unknown, not_learnt, learning, partly_learnt, learnt };

/// As users read it.
constexpr std::string_view name_of(TaskProgress progress) {
  switch (progress) {
    case TaskProgress::unknown:
      return "not known";
    case TaskProgress::not_learnt:
      return "not learnt";
    case TaskProgress::learning:
      return "still learning";
    case TaskProgress::partly_learnt:
      return "partly learnt";
    case TaskProgress::learnt:
      return "learnt";
  }
  return "";
}

namespace detail {

/// By accuracy, and by what a row costs where there is no accuracy.
inline TaskProgress progress_without_gain(std::optional<double> accuracy,
                                          std::optional<double> cost, const TaskBaseline& baseline,
                                          const TaskThresholds& thresholds) {
  if (accuracy) {
    // Where copies answer every row, to copy is the task.
    const bool is_beaten = baseline.accuracy && *accuracy <= *baseline.accuracy;
    if (is_beaten && *baseline.accuracy < 1) return TaskProgress::not_learnt;
    if (*accuracy >= thresholds.learnt) return TaskProgress::learnt;
    return *accuracy >= thresholds.partly_learnt ? TaskProgress::partly_learnt
                                                 : TaskProgress::not_learnt;
  }
  if (!cost || !baseline.nll) return TaskProgress::unknown;
  if (*cost < thresholds.of_baseline_nll * *baseline.nll) return TaskProgress::learnt;
  return *cost < *baseline.nll ? TaskProgress::partly_learnt : TaskProgress::not_learnt;
}

/// What helps a model whose z is healthy.
/// \param holds_little whether z holds a small share of a row, so that a higher rate may help
constexpr std::string_view advice_for(TaskProgress progress, bool holds_little) {
  switch (progress) {
    case TaskProgress::learnt:
      return "nothing needs to be changed";
    case TaskProgress::unknown:
      return "nothing needs to be changed for the sake of z; measure whether the task is learnt";
    case TaskProgress::learning:
      return "z is in use, and the task is not yet learnt: train for more epochs";
    case TaskProgress::not_learnt:
    case TaskProgress::partly_learnt:
      break;
  }
  return holds_little
             ? "z is in use but holds little, and the task is not learnt: let it hold more "
               "(free_bits(rate=60) or mdr(rate=60)), and train for more epochs"
             : "z is in use, but the task is not learnt: train for more epochs, with a "
               "warm-up that is short beside the training, with more rows, or with wider "
               "layers";
}

/// The same where rows are sentences, which are cheap or dear and never learnt by heart.
constexpr std::string_view advice_for_sentences(TaskProgress progress) {
  switch (progress) {
    case TaskProgress::learnt:
    case TaskProgress::unknown:
      return advice_for(progress, false);
    default:
      return "z is in use, but a sentence costs little less than without its context: train for "
             "more epochs, with more sentences, or with wider layers, and drop fewer words";
  }
}

}  // namespace detail

/// By accuracy where it is known, else by what a row costs beside the baseline. A model that has
/// not learnt its task and was still improving is `learning`.
/// \param cost of a row: NLL and rate \unit nats
inline TaskProgress task_progress(std::optional<double> accuracy, std::optional<double> cost,
                                  const TaskBaseline& baseline,
                                  const TaskThresholds& thresholds = {}) {
  const TaskProgress progress = detail::progress_without_gain(accuracy, cost, baseline, thresholds);
  const bool may_improve =
      progress == TaskProgress::not_learnt || progress == TaskProgress::partly_learnt;
  if (may_improve && baseline.gain && *baseline.gain > thresholds.gain) {
    return TaskProgress::learning;
  }
  return progress;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

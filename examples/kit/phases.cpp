#include "kit/phases.hpp"

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/objective/phased.hpp>
#include <vaecollapse/train/plan/training_phase.hpp>

namespace kit {

namespace {

using vaecollapse::AnyObjective;
using vaecollapse::TrainingPhase;

/// Reads the items of a plan in their order: ranges, each before the objective of its phase.
class PhaseReader {
 public:
  PhaseReader(std::string_view expression, const Term& plan, const Binder<AnyObjective>& objective)
      : text_(expression), plan_(plan), objective_(objective) {}

  ObjectiveChoice read() {
    for (const Argument& item : plan_.arguments) {
      last_ = &item == &plan_.arguments.back();
      if (!item.name.empty()) fail(item.place, "a phase of a plan has no name");
      const auto names = range_of(item.value);
      names ? read_range(item, *names) : read_objective(item);
    }
    if (objectives_.empty()) fail(plan_.place, "a plan needs an objective for each phase");
    ObjectiveChoice choice{vaecollapse::PhasedObjective<>(std::move(objectives_)),
                           "plan(" + canonical_ + ")"};
    choice.phases = std::move(phases_);
    return choice;
  }

 private:
  using Names = std::vector<std::string> TrainingPhase::*;

  static std::optional<Names> range_of(const Term& term) {
    if (term.kind != Term::Kind::name) return std::nullopt;
    if (term.name == "reset") return &TrainingPhase::anew;
    if (term.name == "freeze") return &TrainingPhase::frozen;
    if (term.name == "move") return &TrainingPhase::moving;
    return std::nullopt;
  }

  void read_range(const Argument& item, std::vector<std::string> TrainingPhase::*names) {
    const Term& term = item.value;
    const std::string name(term.name);
    if (!item.options.empty()) {
      fail(item.options.front().place, "epochs belong to the objective of a phase");
    }
    if (last_) fail(term.place, name + " begins a phase, and no objective follows");
    if (!(phase_.*names).empty()) fail(term.place, name + " is given twice in a phase");
    if (names == &TrainingPhase::anew && objectives_.empty()) {
      fail(term.place, "the first phase makes nothing anew: it begins with new weights");
    }
    for (const Argument& part : term.arguments) {
      const bool is_name = part.value.kind == Term::Kind::name && !part.value.has_arguments;
      if (!is_name || !part.name.empty() || !part.options.empty()) fail(part.place, names_of(name));
      (phase_.*names).emplace_back(part.value.name);
    }
    if ((phase_.*names).empty()) fail(term.place, names_of(name));
    if (!phase_.frozen.empty() && !phase_.moving.empty()) {
      fail(term.place, "a phase states what is frozen or what moves, not both");
    }
    ranges_.append(name).append("(");
    for (const std::string& one : phase_.*names) {
      ranges_.append(&one == &(phase_.*names).front() ? "" : ",").append(one);
    }
    ranges_ += "),";
  }

  static std::string names_of(const std::string& range) {
    return range + " needs names of parameters, such as decoder or encoder.embed";
  }

  void read_objective(const Argument& item) {
    if (item.value.kind == Term::Kind::sum) {
      fail(item.value.terms[1].place,
           "an auxiliary loss is added to the whole plan, plan(...)+bag_of_characters");
    }
    if (plan_named(item.value) != nullptr) {
      fail(item.value.place, "a plan has no plans inside: its phases are objectives");
    }
    const auto [objective, text] = objective_.bind(item.value);
    read_epochs(item);
    canonical_.append(canonical_.empty() ? "" : ",").append(ranges_).append(text);
    if (phase_.epochs > 0) canonical_.append(":epochs=").append(std::to_string(phase_.epochs));
    objectives_.push_back(objective);
    phases_.push_back(std::exchange(phase_, {}));
    ranges_.clear();
  }

  void read_epochs(const Argument& item) {
    for (const Argument& option : item.options) {
      if (option.name != "epochs") {
        fail(option.place, "a phase has no option '" + std::string(option.name) + "'",
             "options: epochs");
      }
      if (phase_.epochs > 0) fail(option.place, "epochs is given twice");
      const double count = option.value.number;
      if (option.value.kind != Term::Kind::number || count < 1 || count > 1e9 ||
          count != std::floor(count)) {
        fail(option.value.place, "epochs must be a whole number of at least 1");
      }
      if (last_) fail(option.place, "the last phase has all epochs that are left, and no number");
      phase_.epochs = static_cast<std::uint64_t>(count);
    }
    if (!last_ && phase_.epochs == 0) {
      fail(item.value.place,
           "this phase needs a number of epochs, as elbo:epochs=3; the last has all that are left");
    }
  }

  [[noreturn]] void fail(std::size_t place, std::string_view problem,
                         std::string_view known = {}) const {
    vaecollapse::raise(ExpressionError(text_, place, problem, known));
  }

  std::string_view text_;
  const Term& plan_;
  const Binder<AnyObjective>& objective_;
  std::vector<AnyObjective> objectives_;
  std::vector<TrainingPhase> phases_;
  TrainingPhase phase_;             ///< the one that is being read
  std::string ranges_, canonical_;  ///< of this phase; of those before
  bool last_ = false;
};

}  // namespace

PlanMethod phases_method() {
  return {{"plan",
           "objectives one after the other, each but the last with its epochs, as "
           "elbo(beta=0):epochs=3; before one may stand reset(NAME,...), what its phase makes "
           "anew, and freeze(NAME,...) or move(NAME,...), what does not move or alone does; names "
           "are of parameters, such as decoder or encoder.embed",
           {{"phases", Parameter::Kind::policy}}},
          [](std::string_view expression, const Term& term, const Binder<AnyObjective>& objective) {
            return PhaseReader(expression, term, objective).read();
          }};
}

}  // namespace kit

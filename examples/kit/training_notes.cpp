#include "kit/training_notes.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <vaecollapse/core/text.hpp>
#include <vaecollapse/optim/schedule.hpp>

#include "kit/counted.hpp"
#include "kit/expression_syntax.hpp"
#include "kit/plans.hpp"

namespace kit {

namespace {

using vaecollapse::formatted;

/// `1 step`, `2 steps`; an expression may ask for more than an integer holds.
std::string steps_text(double count) {
  return formatted("%.0f step%s", count, count == 1 ? "" : "s");
}

/// Looks at the policies of an objective that was written out in full: each argument has a name.
class ObjectiveNotes {
 public:
  ObjectiveNotes(std::uint64_t steps, std::vector<std::string>& notes)
      : steps_(steps), notes_(notes) {}

  void look_at(const Term& term) {
    for (const Term& one : term.terms) look_at(one);
    if (term.kind == Term::Kind::name) look_at_policy(term);
    for (const Argument& argument : term.arguments) look_at(argument.value);
  }

 private:
  static const Term* find(const Term& policy, std::string_view name) {
    for (const Argument& argument : policy.arguments) {
      if (argument.name == name) return &argument.value;
    }
    return nullptr;
  }
  static double number(const Term& policy, std::string_view name) {
    const Term* value = find(policy, name);
    return value == nullptr ? 0 : value->number;
  }

  void look_at_policy(const Term& policy) {
    if (policy.name == "anneal") look_at_annealing(policy);
    if (policy.name == "capacity") look_at_capacity(policy);
    if (policy.name == "mdr") look_at_multiplier(policy);
    if (policy.name == "soft_free_bits") look_at_weight(policy);
  }

  void look_at_annealing(const Term& policy) {
    const double end = number(policy, "start") + number(policy, "steps");
    if (end <= steps()) return;
    const Term* schedule = find(policy, "schedule");
    const bool is_cyclical = schedule != nullptr && schedule->name == "cyclical";
    note(is_cyclical
             ? "--objective: the cycles of anneal take %s and the training has %.0f, so not "
               "all of them are run"
             : "--objective: anneal takes %s and the training has %.0f, so the KL never has "
               "its whole weight",
         steps_text(end).c_str(), steps());
  }

  void look_at_capacity(const Term& policy) {
    if (number(policy, "steps") <= steps()) return;
    note(
        "--objective: capacity takes %s to its rate and the training has %.0f, so the rate is "
        "never reached",
        steps_text(number(policy, "steps")).c_str(), steps());
  }

  /// A step moves the multiplier by learning_rate times the nats that are missing or too many, at
  /// most: up by those of the whole rate, and down by as many where the rate is twice as high.
  void look_at_multiplier(const Term& policy) {
    const double most = steps() * number(policy, "learning_rate") * number(policy, "rate");
    const double begin = number(policy, "multiplier");
    if (begin >= 1 && most < 1) {
      note(
          "--objective: in the %s of the training the multiplier of mdr, which makes the KL free "
          "at first, falls by %.2g at most where the rate is twice that of mdr, so the rate may "
          "end above it; a larger learning_rate of mdr is quicker",
          steps_text(steps()).c_str(), most);
    }
    if (begin < 1 && begin + most < 1) {
      note(
          "--objective: in the %s of the training the multiplier of mdr rises from %.2g by %.2g "
          "at most, where 1 makes the KL free; a larger learning_rate of mdr is quicker",
          steps_text(steps()).c_str(), begin, most);
    }
  }

  /// From 1 down to the lowest weight, 0.01.
  void look_at_weight(const Term& policy) {
    const double needed = std::log(100) / std::log1p(number(policy, "alpha"));
    if (needed <= steps()) return;
    note(
        "--objective: the weight of soft_free_bits needs %s to fall as far as it may and the "
        "training has %.0f; a larger alpha is quicker",
        steps_text(std::ceil(needed)).c_str(), steps());
  }

  template <class... Numbers>
  void note(const char* text, Numbers... numbers) {
    notes_.push_back(formatted(text, numbers...));
  }
  double steps() const { return static_cast<double>(steps_); }

  std::uint64_t steps_;
  std::vector<std::string>& notes_;
};

/// The default warm-up of so many steps, in words.
std::string usual_warmup(std::uint64_t steps) {
  const std::uint64_t usual = vaecollapse::default_warmup(steps);
  if (usual == 0) return "no warm-up, 0, is usual for so few";
  if (usual < steps / 10) return std::to_string(usual) + " are usual";
  return "a tenth, " + std::to_string(usual) + ", is usual";
}

/// A phase of a training and its objective.
struct Phase {
  std::uint64_t steps;
  const Term* objective;
};

/// Those of a plan; one of an objective alone.
std::vector<Phase> phases_of(const RunLength& run, const Term& objective) {
  const bool is_sum = objective.kind == Term::Kind::sum;
  const Term& first = is_sum ? objective.terms.front() : objective;
  if (plan_named(first) == nullptr) return {{run.steps(), &objective}};
  std::vector<Phase> phases;
  std::uint64_t left = run.epochs;
  for (const Argument& item : first.arguments) {
    const bool is_last = &item == &first.arguments.back();
    if (!is_last && item.options.empty()) continue;  // what is reset or frozen
    const auto given = is_last ? left : static_cast<std::uint64_t>(item.options[0].value.number);
    const std::uint64_t epochs = std::min(left, given);
    phases.push_back({epochs * run.epoch.steps, &item.value});
    left -= epochs;
  }
  return phases;
}

void look_at_warmup(const RunLength& run, std::string_view objective,
                    std::vector<std::string>& notes) {
  const std::uint64_t steps = steps_of_shortest_phase(run, objective);
  if (run.warmup <= steps / 2) return;
  notes.push_back("--warmup: the learning rate rises for " + counted(run.warmup, "step") + " and " +
                  (steps == run.steps() ? "the training has " : "the shortest phase has ") +
                  std::to_string(steps) + ", so it is low for most of it; " + usual_warmup(steps));
}

}  // namespace

std::uint64_t steps_of_shortest_phase(const RunLength& run, std::string_view objective) {
  const Term term = parse_expression(objective);
  std::uint64_t least = run.steps();
  for (const Phase& phase : phases_of(run, term)) least = std::min(least, phase.steps);
  return least;
}

std::vector<std::string> training_notes(const RunLength& run, std::string_view objective) {
  std::vector<std::string> notes;
  look_at_warmup(run, objective, notes);
  if (run.batch > run.epoch.rows) {
    notes.push_back("--batch: " + std::to_string(run.batch) + " rows are more than the " +
                    std::to_string(run.epoch.rows) +
                    " of the training, so an epoch is one step with all of them");
  }
  if (run.patience >= run.epochs && run.patience > 0) {
    notes.push_back("--patience: " + counted(run.patience, "epoch is", "epochs are") +
                    " no fewer than the " + std::to_string(run.epochs) +
                    " of the training, so it never ends early");
  }
  const Term term = parse_expression(objective);
  for (const Phase& phase : phases_of(run, term)) {
    ObjectiveNotes(phase.steps, notes).look_at(*phase.objective);
  }
  return notes;
}

void print_notes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes) {
    if (!note.empty()) std::fprintf(stderr, "note: %s\n", note.c_str());
  }
}

}  // namespace kit

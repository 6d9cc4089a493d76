#include "kit/progress.hpp"

#include <utility>

#include <vaecollapse/core/text.hpp>

#include "kit/counted.hpp"

namespace kit {

TrainingProgress::TrainingProgress(std::FILE* stream, std::uint64_t epochs, ShowScore show_score,
                                   Pace pace)
    : stream_(stream),
      epochs_(epochs),
      show_score_(std::move(show_score)),
      pace_(pace),
      status_(stream) {}

void TrainingProgress::on_begin(const vaecollapse::RunSizes& sizes) {
  const auto number = [](vaecollapse::Index size) { return static_cast<std::uint64_t>(size); };
  std::string text = counted(number(sizes.train_rows), "training row") + ", " +
                     counted(number(sizes.dev_rows), "dev row") + ", " +
                     counted(number(sizes.symbols), "symbol") + ", ";
  if (sizes.tags > 0) text += counted(number(sizes.tags), "tag") + ", ";
  text += counted(number(sizes.weights), "weight");
  on_note(text);
}

void TrainingProgress::on_step(const vaecollapse::StepReport& step) {
  const auto examples = static_cast<double>(step.examples);
  sums_.nll += step.objective.nll * examples;
  sums_.rate += step.objective.rate * examples;
  sums_.examples += examples;
  sums_.seconds += step.seconds;
  const auto steps = static_cast<double>(step.steps);
  if (done_before_ < 0) done_before_ = static_cast<double>(step.step - 1) / steps;
  done_ = static_cast<double>(step.step) / steps;
  if (status_.can_draw() && Clock::now() - drawn_ > std::chrono::milliseconds(100)) draw(step);
}

void TrainingProgress::on_epoch(const vaecollapse::EpochReport& epoch) {
  status_.clear();
  const ShownScore score = show_score_(epoch);
  score_ = score.in_bar;
  sums_ = {};
  std::fprintf(stream_, "%s\n", epoch_line(epoch, score.in_epoch).c_str());
  for (const std::string& warning : epoch.signs.warnings) {
    std::fprintf(stream_, "  warning: %s\n", warning.c_str());
  }
  std::fflush(stream_);
}

void TrainingProgress::on_note(const std::string& note) {
  status_.clear();
  std::fprintf(stream_, "%s\n", note.c_str());
  std::fflush(stream_);
}

double TrainingProgress::seconds_left() const {
  const double passed = std::chrono::duration<double>(Clock::now() - start_).count();
  const double made = done_ - done_before_;
  return made > 0 ? passed * (1 - done_) / made : 0;
}

std::string TrainingProgress::speed(double examples_a_second, int columns) const {
  return vaecollapse::formatted("%*.0f %s/s", columns, pace_.of_example * examples_a_second,
                                pace_.unit);
}

std::string TrainingProgress::epoch_line(const vaecollapse::EpochReport& epoch,
                                         const std::string& score) const {
  return vaecollapse::formatted("epoch %3llu/%llu  ", static_cast<unsigned long long>(epoch.epoch),
                                static_cast<unsigned long long>(epochs_)) +
         speed(epoch.examples_per_second, 6) +
         vaecollapse::formatted("  train NLL %7.3f rate %7.2f", epoch.train_nll, epoch.train_rate) +
         vaecollapse::formatted("  dev NLL %7.3f rate %7.2f ", epoch.dev_nll, epoch.dev_rate) +
         score + (epoch.best ? " best" : "     ") + "  left " + show_duration(seconds_left());
}

std::string TrainingProgress::status(const vaecollapse::StepReport& step) const {
  return vaecollapse::formatted(
      " epoch %llu/%llu  %s  NLL %.3f  rate %.2f  dev %s  left %s",
      static_cast<unsigned long long>(step.epoch), static_cast<unsigned long long>(epochs_),
      speed(sums_.examples / sums_.seconds, 0).c_str(), sums_.nll / sums_.examples,
      sums_.rate / sums_.examples, score_.c_str(), show_duration(seconds_left()).c_str());
}

void TrainingProgress::draw(const vaecollapse::StepReport& step) {
  drawn_ = Clock::now();
  status_.draw(done_, status(step));
}

}  // namespace kit

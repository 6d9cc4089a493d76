#include "progress.hpp"

#include <string>

#include "kit/counted.hpp"

namespace reinflection {

std::string epoch_line(const vaecollapse::EpochReport& epoch, std::uint64_t epochs,
                       double seconds_left) {
  return kit::format("epoch %3llu/%llu  %6.0f examples/s  train NLL %7.3f rate %7.2f",
                     static_cast<unsigned long long>(epoch.epoch),
                     static_cast<unsigned long long>(epochs), epoch.examples_per_second,
                     epoch.train_nll, epoch.train_rate) +
         kit::format("  dev NLL %7.3f rate %7.2f accuracy %6.2f %%%s", epoch.dev_nll,
                     epoch.dev_rate, 100 * epoch.dev_accuracy, epoch.best ? " best" : "     ") +
         "  left " + kit::show_duration(seconds_left);
}

Progress::Progress(std::FILE* stream, std::uint64_t epochs)
    : stream_(stream), epochs_(epochs), status_(stream) {}

void Progress::on_begin(const vaecollapse::RunSizes& sizes) {
  const auto number = [](vaecollapse::Index size) { return static_cast<std::uint64_t>(size); };
  const std::string text = kit::counted(number(sizes.train_rows), "training row") + ", " +
                           kit::counted(number(sizes.dev_rows), "dev row") + ", " +
                           kit::counted(number(sizes.symbols), "symbol") + ", " +
                           kit::counted(number(sizes.tags), "tag") + ", " +
                           kit::counted(number(sizes.weights), "weight") + "\n";
  std::fputs(text.c_str(), stream_);
}

void Progress::on_step(const vaecollapse::StepReport& step) {
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

void Progress::on_epoch(const vaecollapse::EpochReport& epoch) {
  status_.clear();
  dev_accuracy_ = epoch.dev_accuracy;
  sums_ = {};
  std::fprintf(stream_, "%s\n", epoch_line(epoch, epochs_, seconds_left()).c_str());
  for (const std::string& warning : epoch.signs.warnings) {
    std::fprintf(stream_, "  warning: %s\n", warning.c_str());
  }
  std::fflush(stream_);
}

void Progress::on_note(const std::string& note) {
  status_.clear();
  std::fprintf(stream_, "%s\n", note.c_str());
  std::fflush(stream_);
}

double Progress::seconds_left() const {
  const double passed = std::chrono::duration<double>(Clock::now() - start_).count();
  const double made = done_ - done_before_;
  return made > 0 ? passed * (1 - done_) / made : 0;
}

std::string Progress::status(const vaecollapse::StepReport& step) const {
  const std::string accuracy =
      dev_accuracy_ < 0 ? "-" : kit::format("%.1f %%", 100 * dev_accuracy_);
  return kit::format(" epoch %llu/%llu  %.0f examples/s  NLL %.3f  rate %.2f  dev %s  left %s",
                     static_cast<unsigned long long>(step.epoch),
                     static_cast<unsigned long long>(epochs_), sums_.examples / sums_.seconds,
                     sums_.nll / sums_.examples, sums_.rate / sums_.examples, accuracy.c_str(),
                     kit::show_duration(seconds_left()).c_str());
}

void Progress::draw(const vaecollapse::StepReport& step) {
  drawn_ = Clock::now();
  status_.draw(done_, status(step));
}

}  // namespace reinflection

#include "progress.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace reinflection {

namespace {

template <class... Values>
std::string format(const char* pattern, Values... values) {
  char text[256];
  const int length = std::snprintf(text, sizeof text, pattern, values...);
  return {text, std::min(static_cast<std::size_t>(std::max(length, 0)), sizeof text - 1)};
}

bool can_draw(std::FILE* stream) {
  const char* terminal = std::getenv("TERM");
  return isatty(fileno(stream)) != 0 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

std::size_t columns_of(std::FILE* stream) {
  struct ::winsize size {};
  const bool known = ::ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

}  // namespace

std::string show_duration(double seconds) {
  const auto whole = static_cast<long long>(std::clamp(std::ceil(seconds), 0.0, 1e12));
  const long long hours = whole / 3600, minutes = whole / 60 % 60, rest = whole % 60;
  if (hours > 0) return format("%lld:%02lld:%02lld", hours, minutes, rest);
  return format("%lld:%02lld", minutes, rest);
}

std::string epoch_line(const vaecollapse::EpochReport& epoch, std::uint64_t epochs,
                       double seconds_left) {
  return format("epoch %3llu/%llu  %6.0f examples/s  train NLL %7.3f rate %7.2f",
                static_cast<unsigned long long>(epoch.epoch),
                static_cast<unsigned long long>(epochs), epoch.examples_per_second, epoch.train_nll,
                epoch.train_rate) +
         format("  dev NLL %7.3f rate %7.2f accuracy %6.2f %%%s", epoch.dev_nll, epoch.dev_rate,
                100 * epoch.dev_accuracy, epoch.best ? " best" : "     ") +
         "  left " + show_duration(seconds_left);
}

std::string bar(double done, std::size_t width) {
  if (width < 3) return "";
  const std::size_t inside = width - 2;
  const auto full =
      static_cast<std::size_t>(std::clamp(done, 0.0, 1.0) * static_cast<double>(inside));
  std::string text = "[" + std::string(full, '=');
  if (full < inside) text.append(1, '>').append(inside - full - 1, ' ');
  return text + "]";
}

Progress::Progress(std::FILE* stream, std::uint64_t epochs)
    : stream_(stream), epochs_(epochs), has_bar_(can_draw(stream)) {}

void Progress::on_begin(const RunSizes& sizes) {
  const auto number = [](vaecollapse::Index size) { return static_cast<long long>(size); };
  std::fprintf(stream_,
               "%lld training rows, %lld dev rows, %lld symbols, %lld tags, %lld weights\n",
               number(sizes.train_rows), number(sizes.dev_rows), number(sizes.symbols),
               number(sizes.tags), number(sizes.weights));
  if (sizes.unknown_characters + sizes.unknown_tags == 0) return;
  std::fprintf(stream_, "unknown in the dev rows: %lld characters, %lld tags\n",
               number(sizes.unknown_characters), number(sizes.unknown_tags));
}

void Progress::on_step(const vaecollapse::StepReport& step) {
  const auto examples = static_cast<double>(step.examples);
  sums_.nll += step.objective.nll * examples;
  sums_.rate += step.objective.rate * examples;
  sums_.examples += examples;
  sums_.seconds += step.seconds;
  done_ = static_cast<double>(step.step) / static_cast<double>(step.steps);
  if (has_bar_ && Clock::now() - drawn_ > std::chrono::milliseconds(100)) draw(step);
}

void Progress::on_epoch(const vaecollapse::EpochReport& epoch) {
  clear_bar();
  dev_accuracy_ = epoch.dev_accuracy;
  sums_ = {};
  std::fprintf(stream_, "%s\n", epoch_line(epoch, epochs_, seconds_left()).c_str());
  std::fflush(stream_);
}

double Progress::seconds_left() const {
  const double passed = std::chrono::duration<double>(Clock::now() - start_).count();
  return done_ > 0 ? passed * (1 - done_) / done_ : 0;
}

std::string Progress::status(const vaecollapse::StepReport& step) const {
  const std::string accuracy = dev_accuracy_ < 0 ? "-" : format("%.1f %%", 100 * dev_accuracy_);
  return format(" epoch %llu/%llu  %.0f examples/s  NLL %.3f  rate %.2f  dev %s  left %s",
                static_cast<unsigned long long>(step.epoch),
                static_cast<unsigned long long>(epochs_), sums_.examples / sums_.seconds,
                sums_.nll / sums_.examples, sums_.rate / sums_.examples, accuracy.c_str(),
                show_duration(seconds_left()).c_str());
}

void Progress::draw(const vaecollapse::StepReport& step) {
  drawn_ = Clock::now();
  // The last column stays free: some terminals wrap there.
  const std::size_t columns = std::max<std::size_t>(columns_of(stream_), 2) - 1;
  const std::string text = status(step);
  const std::size_t room = columns > text.size() ? columns - text.size() : 0;
  const std::string line = bar(done_, std::min<std::size_t>(room, 40)) + text;
  std::fprintf(stream_, "\r\033[K%s", line.substr(0, columns).c_str());
  std::fflush(stream_);
  bar_is_drawn_ = true;
}

void Progress::clear_bar() {
  if (!bar_is_drawn_) return;
  std::fputs("\r\033[K", stream_);
  std::fflush(stream_);
  bar_is_drawn_ = false;
}

}  // namespace reinflection

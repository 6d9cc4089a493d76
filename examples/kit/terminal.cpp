#include "kit/terminal.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

#include <vaecollapse/core/text.hpp>

namespace kit {

namespace {

bool can_move_cursor(std::FILE* stream) {
  const char* terminal = std::getenv("TERM");
  return isatty(fileno(stream)) != 0 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

std::size_t columns_of(std::FILE* stream) {
  struct ::winsize size {};
  const bool known = ::ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

}  // namespace

StatusLine::StatusLine(std::FILE* stream) : stream_(stream), can_draw_(can_move_cursor(stream)) {}

void StatusLine::draw(double done, std::string_view text) {
  if (!can_draw_) return;
  // The last column stays free: some terminals wrap there.
  const std::size_t columns = std::max<std::size_t>(columns_of(stream_), 2) - 1;
  const std::size_t room = columns > text.size() ? columns - text.size() : 0;
  const std::string line = bar(done, std::min<std::size_t>(room, 40)).append(text);
  std::fprintf(stream_, "\r\033[K%s", line.substr(0, columns).c_str());
  std::fflush(stream_);
  is_drawn_ = true;
}

void StatusLine::clear() {
  if (!is_drawn_) return;
  std::fputs("\r\033[K", stream_);
  std::fflush(stream_);
  is_drawn_ = false;
}

std::string bar(double done, std::size_t width) {
  if (width < 3) return "";
  const std::size_t inside = width - 2;
  const auto full =
      static_cast<std::size_t>(std::clamp(done, 0.0, 1.0) * static_cast<double>(inside));
  std::string text(1, '[');
  text.append(full, '=');
  if (full < inside) text.append(1, '>').append(inside - full - 1, ' ');
  return text + "]";
}

std::string show_duration(double seconds) {
  const auto whole = static_cast<long long>(std::clamp(std::ceil(seconds), 0.0, 1e12));
  const long long hours = whole / 3600, minutes = whole / 60 % 60, rest = whole % 60;
  if (hours > 0) return vaecollapse::formatted("%lld:%02lld:%02lld", hours, minutes, rest);
  return vaecollapse::formatted("%lld:%02lld", minutes, rest);
}

}  // namespace kit

// A line at the bottom of a terminal that is drawn over and over.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace kit {

class StatusLine {
 public:
  /// Draws only if `stream` is a terminal that can move its cursor.
  explicit StatusLine(std::FILE* stream);
  ~StatusLine() { clear(); }
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  bool can_draw() const { return can_draw_; }
  /// A bar, of which the share `done` is full, and text.
  void draw(double done, std::string_view text);
  void clear();

 private:
  std::FILE* stream_;
  bool can_draw_;
  bool is_drawn_ = false;
};

/// A bar of `width` columns, of which the share `done` is full: `[====>     ]`.
std::string bar(double done, std::size_t width);

/// `1:02:03` or `4:05`.
std::string show_duration(double seconds);

}  // namespace kit

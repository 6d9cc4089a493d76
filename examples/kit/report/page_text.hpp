// The files that a report is made from; the build copies them into the program.
#pragma once

#include <string_view>

namespace kit {

extern const std::string_view report_html;
extern const std::string_view report_style;
extern const std::string_view report_library;
extern const std::string_view report_script;

}  // namespace kit

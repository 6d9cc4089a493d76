#include "kit/report/page.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "kit/report/page_text.hpp"

namespace kit {

namespace {

/// JSON that may stand inside a script element: nothing in it ends the element, opens a comment, or
/// is an end of line to JavaScript and not to JSON.
std::string script_safe(const std::string& json) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> unsafe{
      {{"<", "\\u003c"},
       {">", "\\u003e"},
       {"&", "\\u0026"},
       {"\xE2\x80\xA8", "\\u2028"},
       {"\xE2\x80\xA9", "\\u2029"}}};
  std::string safe;
  for (std::size_t i = 0; i < json.size();) {
    std::size_t taken = 0;
    for (const auto& [from, to] : unsafe) {
      if (json.compare(i, from.size(), from) != 0) continue;
      safe += to;
      taken = from.size();
    }
    if (taken == 0) safe += json[i];
    i += taken == 0 ? 1 : taken;
  }
  return safe;
}

}  // namespace

std::string report_page(const nlohmann::ordered_json& data) {
  using Handler = nlohmann::ordered_json::error_handler_t;
  const std::string json = script_safe(data.dump(-1, ' ', false, Handler::replace));
  const std::array<std::pair<std::string_view, std::string_view>, 4> parts{
      {{"{{style}}", report_style},
       {"{{library}}", report_library},
       {"{{data}}", json},
       {"{{script}}", report_script}}};
  std::string page;
  std::string_view rest = report_html;
  for (const auto& [mark, text] : parts) {  // in the order in which they stand in the page
    const std::size_t place = rest.find(mark);
    page.append(rest.substr(0, place)).append(text);
    rest.remove_prefix(place + mark.size());
  }
  return page.append(rest);
}

}  // namespace kit

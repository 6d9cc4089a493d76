// JSON text, read with nlohmann's parser. `nlohmann::json::parse` and `sax_parse` would do it too,
// but each compiles a parser of its own: one for callbacks, and four for binary formats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/check.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// Takes the events of a JSON text. Virtual, so that all readers share one parser.
using JsonEvents = nlohmann::json_sax<nlohmann::json>;

/// Shows the events of a JSON text to a reader.
inline void read_events(std::string_view text, JsonEvents& reader) {
#if NLOHMANN_JSON_VERSION_MAJOR != 3 || NLOHMANN_JSON_VERSION_MINOR > 11
  nlohmann::json::sax_parse(text.begin(), text.end(), &reader);
#else
  auto input = nlohmann::detail::input_adapter(text.begin(), text.end());
  nlohmann::detail::parser<nlohmann::json, decltype(input)>(std::move(input)).sax_parse(&reader);
#endif
}

/// Builds the value of a JSON text.
class JsonBuilder final : public JsonEvents {
 public:
  explicit JsonBuilder(std::string_view file) : file_(file) {}

  nlohmann::json root;

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(std::int64_t value) override { return add(value); }
  bool number_unsigned(std::uint64_t value) override { return add(value); }
  bool number_float(double value, const std::string&) override { return add(value); }
  bool string(std::string& text) override { return add(std::move(text)); }
  bool binary(nlohmann::json::binary_t& data) override { return add(std::move(data)); }
  bool start_object(std::size_t) override { return open(nlohmann::json::value_t::object); }
  bool start_array(std::size_t) override { return open(nlohmann::json::value_t::array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& text) override {
    key_ = std::move(text);
    return true;
  }

  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::json::exception& error) override {
    raise(InputError(file_, 0, error.what(), "JSON text"));
  }

 private:
  bool add(nlohmann::json value) {
    place() = std::move(value);
    return true;
  }

  bool open(nlohmann::json::value_t type) {
    nlohmann::json& opened = place();
    opened = type;
    open_.push_back(&opened);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  /// Where the next value goes. The open values lie each within the one before it, which grows
  /// only when they are closed, so pointers to them hold.
  nlohmann::json& place() {
    if (open_.empty()) return root;
    nlohmann::json& last = *open_.back();
    if (last.is_object()) return last[key_];
    return last.emplace_back();
  }

  std::string_view file_;
  std::string key_;
  std::vector<nlohmann::json*> open_;
};

}  // namespace detail

/// The value of a JSON text; `file` names it in errors. \throws InputError for any other text
inline nlohmann::json parse_json(std::string_view file, std::string_view text) {
  detail::JsonBuilder builder(file);
  detail::read_events(text, builder);
  return std::move(builder.root);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

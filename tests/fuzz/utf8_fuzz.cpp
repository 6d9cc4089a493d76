// UTF-8: what is text comes back byte for byte; what is not has its first fault where both
// functions see it, and is text up to there.
#include <string>

#include <vaecollapse/core/utf8.hpp>

#include "fuzz/support.hpp"

namespace utf8 = vaecollapse::utf8;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  std::u32string points;
  const auto fault = utf8::decode(text, points);
  const auto found = utf8::validate(text);
  fuzz::require(fault.has_value() == found.has_value(), "decode and validate agree");
  const std::size_t good = fault ? fault->byte : size;
  if (fault) {
    fuzz::require(fault->byte < size && fault->byte == found->byte, "they agree on the place");
    fuzz::require(!fault->description.empty(), "a fault is described");
  }
  for (const char32_t point : points) {
    fuzz::require(utf8::is_scalar_value(point), "characters are scalar values");
  }
  fuzz::require(utf8::encode(points) == text.substr(0, good), "text comes back byte for byte");
  return 0;
}

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/io/tensorboard.hpp>

using namespace vaecollapse;
using namespace std::string_view_literals;

TEST_CASE("CRC-32C: the check value, and the vectors of RFC 3720") {
  CHECK(crc32c("123456789") == 0xE3069283U);
  CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AAU);
  CHECK(crc32c(std::string(32, '\xFF')) == 0x62A8AB43U);
  CHECK(crc32c("") == 0U);
}

TEST_CASE("an event file begins as those of TensorFlow do") {
  const std::string header = tensorboard_header(1.5);
  // The length of this record, and its check, are the first bytes of every such file.
  CHECK(std::string_view(header).substr(0, 12) == "\x18\0\0\0\0\0\0\0\xA3\x7F\x4B\x22"sv);
  CHECK(std::string_view(header).substr(12, 24) ==
        "\x09\0\0\0\0\0\0\xF8\x3F\x1A\x0D"
        "brain.Event:2"sv);
  CHECK(header.size() == 12 + 24 + 4);
}

TEST_CASE("scalars, byte by byte") {
  const std::vector<ScalarEvent> scalars{{"rate", 1.0}, {"nll", -2.5}};
  const std::string record = tensorboard_scalars(1.5, 300, scalars);
  const std::string_view event =
      "\x09\0\0\0\0\0\0\xF8\x3F"                // wall_time
      "\x10\xAC\x02"                            // step, 300
      "\x2A\x19"                                // summary, 25 bytes
      "\x0A\x0B\x0A\x04rate\x15\0\0\x80\x3F"    // its first value
      "\x0A\x0A\x0A\x03nll\x15\0\0\x20\xC0"sv;  // its second
  CHECK(record.size() == 12 + event.size() + 4);
  CHECK(std::string_view(record).substr(12, event.size()) == event);
  CHECK(static_cast<unsigned char>(record[0]) == event.size());
}

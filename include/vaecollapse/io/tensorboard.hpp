// Event files for TensorBoard: records of scalars, as bytes to be appended to a file whose name has
// `tfevents` in it.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// One point of the curve `tag`.
struct ScalarEvent {
  std::string tag;
  double value = 0;
};

/// CRC-32C (Castagnoli), as the records have it. \source RFC 3720, appendix B.4
inline std::uint32_t crc32c(std::string_view bytes) {
  static constexpr auto table = [] {
    std::array<std::uint32_t, 256> made{};
    for (std::uint32_t i = 0; i < made.size(); ++i) {
      made[i] = i;
      for (int bit = 0; bit < 8; ++bit) {
        made[i] = (made[i] >> 1) ^ ((made[i] & 1U) != 0 ? 0x82F63B78U : 0U);
      }
    }
    return made;
  }();
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) {
    crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(byte)) & 0xFFU];
  }
  return ~crc;
}

namespace detail {

/// Low byte first.
template <class T>
void append_number(std::string& out, T number) {
  for (std::size_t i = 0; i < sizeof number; ++i) {
    out += static_cast<char>(static_cast<unsigned char>(number >> (8 * i)));
  }
}

inline void append_varint(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) {
    out += static_cast<char>(static_cast<unsigned char>(number | 0x80U));
  }
  out += static_cast<char>(static_cast<unsigned char>(number));
}

/// A field of protobuf that holds bytes: text, or a message.
inline void append_bytes(std::string& out, int field, std::string_view bytes) {
  append_varint(out, static_cast<std::uint64_t>(field) << 3 | 2U);
  append_varint(out, bytes.size());
  out += bytes;
}

inline std::uint32_t masked_crc(std::string_view bytes) {
  return std::rotr(crc32c(bytes), 15) + 0xA282EAD8U;
}

/// Length, its check, the bytes, their check.
inline std::string tf_record(std::string_view bytes) {
  std::string record;
  append_number(record, static_cast<std::uint64_t>(bytes.size()));
  append_number(record, masked_crc(record));
  record += bytes;
  append_number(record, masked_crc(bytes));
  return record;
}

/// How each event begins: `double wall_time = 1`.
inline std::string event_of(double wall_time) {
  std::string event("\x09");
  append_number(event, std::bit_cast<std::uint64_t>(wall_time));
  return event;
}

}  // namespace detail

/// The record that such a file begins with. \param wall_time seconds since 1970
inline std::string tensorboard_header(double wall_time) {
  std::string event = detail::event_of(wall_time);
  detail::append_bytes(event, 3, "brain.Event:2");
  return detail::tf_record(event);
}

/// One record with scalars of one step. Values are stored as floats.
/// \source event.proto and summary.proto of TensorFlow: Event {wall_time = 1, step = 2, summary =
/// 5}, Summary {value = 1}, Value {tag = 1, simple_value = 2}
inline std::string tensorboard_scalars(double wall_time, std::uint64_t step,
                                       std::span<const ScalarEvent> scalars) {
  std::string summary;
  for (const ScalarEvent& scalar : scalars) {
    std::string value;
    detail::append_bytes(value, 1, scalar.tag);
    value += '\x15';
    detail::append_number(value, std::bit_cast<std::uint32_t>(static_cast<float>(scalar.value)));
    detail::append_bytes(summary, 1, value);
  }
  std::string event = detail::event_of(wall_time);
  event += '\x10';
  detail::append_varint(event, step);
  detail::append_bytes(event, 5, summary);
  return detail::tf_record(event);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

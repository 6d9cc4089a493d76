// A hash of bytes, to recognise the same data and to find damage. It does not protect from two
// texts that were constructed to have one hash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// 64 bits of FNV-1a. \source Fowler, Noll, Vo; draft-eastlake-fnv
class Hash {
 public:
  Hash() = default;
  /// Goes on from the value of another.
  explicit Hash(std::uint64_t value) : value_(value) {}

  void add(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) value_ = (value_ ^ static_cast<unsigned char>(byte)) * prime;
  }
  /// Adds a text and its end, for which it has a byte that is not in UTF-8: texts stay apart.
  void add(std::string_view text) {
    constexpr std::byte end{0xFF};
    add(std::as_bytes(std::span<const char>(text.data(), text.size())));
    add(std::span(&end, 1));
  }
  std::uint64_t value() const { return value_; }

 private:
  static constexpr std::uint64_t prime = 0x100000001B3;
  std::uint64_t value_ = 0xCBF29CE484222325;
};

/// 16 hexadecimal digits.
inline std::string to_string(const Hash& hash) {
  std::string text(16, '0');
  std::uint64_t rest = hash.value();
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, rest /= 16) {
    *digit = "0123456789abcdef"[rest % 16];
  }
  return text;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

// Distinct tokens and their numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Numbers distinct tokens from 0, in the order in which they are added. It may be copied, and
/// asks for memory only for a token that is new.
class TokenTable {
 public:
  /// How many there are.
  Index size() const { return Index(ends_.size()); }

  /// The token with that number, valid until one is added. \pre 0 <= number < size()
  std::string_view operator[](Index number) const& {
    const std::size_t begin = number == 0 ? 0 : at(ends_, number - 1);
    return std::string_view(bytes_).substr(begin, at(ends_, number) - begin);
  }
  std::string_view operator[](Index) const&& = delete;  // give the table a name

  /// The number of a token; -1: there is none. \cost O(its bytes)
  Index find(std::string_view token) const {
    return slots_.empty() ? -1 : Index{at(slots_, slot_of(token))} - 1;
  }

  /// The number of a token, which is new if it was not there.
  /// \throws Error for more tokens than can be numbered
  Index add(std::string_view token) {
    if (const Index known = find(token); known >= 0) return known;
    if (size() >= most) detail::raise_error({"tokens: there are more than ", most});
    if (2 * ends_.size() >= slots_.size()) grow();
    std::uint32_t& slot = at(slots_, slot_of(token));
    bytes_.append(token);
    ends_.push_back(bytes_.size());
    slot = static_cast<std::uint32_t>(ends_.size());
    return Index{slot} - 1;
  }

  friend bool operator==(const TokenTable& a, const TokenTable& b) {
    return a.ends_ == b.ends_ && a.bytes_ == b.bytes_;
  }

 private:
  /// A `Symbol` numbers no more.
  static constexpr Index most = std::numeric_limits<std::int32_t>::max() / 2;

  /// Where a token is, or where it would be put. \pre there are slots, not all of them full
  Index slot_of(std::string_view token) const {
    Hash hash;
    hash.add(token);
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = (hash.value() ^ hash.value() >> 32U) & mask;
    while (slots_[slot] != 0 && (*this)[Index{slots_[slot]} - 1] != token) slot = (slot + 1) & mask;
    return Index(slot);
  }

  void grow() {
    slots_.assign(slots_.empty() ? 64 : 2 * slots_.size(), 0);
    for (Index number = 0; number < size(); ++number) {
      at(slots_, slot_of((*this)[number])) = static_cast<std::uint32_t>(number + 1);
    }
  }

  std::string bytes_;
  std::vector<std::size_t> ends_;     ///< of the tokens in `bytes_`
  std::vector<std::uint32_t> slots_;  ///< numbers + 1 by hash, a power of two of them; 0: empty
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

// What a model's parameters are called, how large they are, where they lie and how they start:
// everything about them except their numbers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// How a parameter is initialised; drawn in double from the seed and the parameter's place.
struct Init {
  enum class Kind { zeros, uniform, normal };
  Kind kind = Kind::zeros;
  double scale = 0;

  static constexpr Init zeros() { return {}; }
  /// Uniform on (-bound, bound).
  static constexpr Init uniform(double bound) { return {Kind::uniform, bound}; }
  /// Normal with mean 0.
  static constexpr Init normal(double deviation) { return {Kind::normal, deviation}; }
};

/// Where a parameter of known rank lies in the flat buffers. Two layers that hold the same slot
/// share their weights. It can be used with every layout that declares the same entry in the same
/// place, as equal layouts do, and with no other.
template <int Rank>
struct Slot {
  Index offset = 0;
  Shape<Rank> shape;
  std::size_t entry = 0;   ///< its number among the layout's entries
  std::uint64_t hash = 0;  ///< of the entry's name, offset and shape
};

/// The parameters that layers declare: one flat, canonical, unpadded buffer, described. Scalar
/// free, so that one model trains in float and is checked in double.
class Layout {
 public:
  /// One declared parameter.
  struct Entry {
    std::string name;
    AnyShape shape;
    Index offset;
    Init init;
  };

  /// Declares a parameter. Shapes are column-major, so a weight [I x O] lies in memory as
  /// PyTorch's row-major [O, I]. \throws Error for a name that is taken, an extent below 1, or more
  /// numbers in all than memory has room for
  template <int Rank>
  Slot<Rank> add(std::string name, const Shape<Rank>& shape, Init init) {
    const Entry& entry = declare(std::move(name), shape, init);
    return {entry.offset, shape, entries_.size() - 1, hashes_.back()};
  }

  /// How many numbers there are in all.
  Index size() const {
    return entries_.empty() ? 0 : entries_.back().offset + entries_.back().shape.size();
  }
  const std::vector<Entry>& entries() const& { return entries_; }
  std::vector<Entry> entries() const&& { return entries_; }

  /// The entry of that name, or null.
  const Entry* find(std::string_view name) const& {
    for (const Entry& entry : entries_) {
      if (entry.name == name) return &entry;
    }
    return nullptr;
  }
  const Entry* find(std::string_view) const&& = delete;  // give the Layout a name

  /// Whether the slot's entry is declared here: same name, offset and shape.
  template <int Rank>
  bool declares(const Slot<Rank>& slot) const {
    return slot.entry < hashes_.size() && hashes_[slot.entry] == slot.hash;
  }

 private:
  const Entry& declare(std::string name, const AnyShape& shape, Init init) {
    for (const Index extent : shape.extents) {
      if (extent < 1) {
        detail::raise_error({"layout: parameter '", name, "' is ", to_string(shape),
                             ": every extent must be at least 1"});
      }
    }
    if (find(name) != nullptr) raise(Error("layout: two parameters are named '" + name + "'"));
    const Index offset = size();
    // A model may be made in double.
    if (!detail::can_be_allocated<double>(shape.extents) ||
        !detail::can_be_allocated<double>(std::array{offset + shape.size()})) {
      detail::raise_error({"layout: parameter '", name, "' is ", to_string(shape),
                           ": memory has no room for so many numbers"});
    }
    hashes_.push_back(identity(name, shape, offset));
    entries_.push_back({std::move(name), shape, offset, init});
    return entries_.back();
  }

  static std::uint64_t identity(std::string_view name, const AnyShape& shape, Index offset) {
    const std::array numbers{offset, Index{shape.rank}, shape.extents[0], shape.extents[1],
                             shape.extents[2]};
    Hash hash;
    hash.add(name);
    hash.add(std::as_bytes(std::span(numbers)));
    return hash.value();
  }

  std::vector<Entry> entries_;
  std::vector<std::uint64_t> hashes_;  // one for each entry
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

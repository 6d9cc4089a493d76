// What a model's parameters are called, how large they are, where they lie and how they start:
// everything about them except their numbers.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
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
/// share their weights.
template <int Rank>
struct Slot {
  Index offset = 0;
  Shape<Rank> shape;
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
  /// PyTorch's row-major [O, I]. \throws Error for a name that is taken or an extent below 1.
  template <int Rank>
  Slot<Rank> add(std::string name, const Shape<Rank>& shape, Init init) {
    return {declare(std::move(name), shape, init), shape};
  }

  /// How many numbers there are in all.
  Index size() const { return size_; }
  const std::vector<Entry>& entries() const { return entries_; }

  /// The entry of that name, or null.
  const Entry* find(std::string_view name) const {
    for (const Entry& entry : entries_) {
      if (entry.name == name) return &entry;
    }
    return nullptr;
  }

 private:
  /// Returns where the parameter lies.
  Index declare(std::string name, const AnyShape& shape, Init init) {
    for (const Index extent : shape.extents) {
      if (extent < 1) {
        raise(Error("layout: parameter '" + name + "' is " + to_string(shape) +
                    ": every extent must be at least 1"));
      }
    }
    if (find(name) != nullptr) raise(Error("layout: two parameters are named '" + name + "'"));
    const Index offset = size_;
    entries_.push_back({std::move(name), shape, offset, init});
    size_ += shape.size();
    return offset;
  }

  std::vector<Entry> entries_;
  Index size_ = 0;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

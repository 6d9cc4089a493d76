// What a model's parameters are called, how large they are, where they lie and how they start:
// everything about them except their numbers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/core/segment.hpp>
#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// How a parameter is initialised; drawn in double from the seed and the parameter's place.
struct Init {
  enum class Kind { zeros, uniform, normal, constant };
  Kind kind = Kind::zeros;
  double scale = 0;

  static constexpr Init zeros() { return {}; }
  /// Uniform on (-bound, bound).
  static constexpr Init uniform(double bound) { return {Kind::uniform, bound}; }
  /// Normal with mean 0.
  static constexpr Init normal(double deviation) { return {Kind::normal, deviation}; }
  /// Every number is `value`.
  static constexpr Init constant(double value) { return {Kind::constant, value}; }
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
    const Entry& entry = declare({std::move(name), shape, size(), init}, std::nullopt);
    detail::append_segment(trained_, {entry.offset, entry.shape.size()});
    return {entry.offset, shape, entries_.size() - 1, hashes_.back()};
  }

  /// Declares a running statistic, every number of which begins at `start`. It is saved and loaded
  /// as parameters are, but neither clipped nor stepped: an op writes how far it lies from the
  /// batch's into the gradient, and `update_statistics` moves it by the share `momentum` of that.
  /// \throws Error as `add`, and for a momentum that is not in (0, 1]
  template <int Rank>
  Slot<Rank> add_statistic(std::string name, const Shape<Rank>& shape, double start,
                           double momentum = 0.1) {
    if (!(is_positive(momentum) && momentum <= 1)) {
      detail::raise_error({"layout: the momentum of '", name, "' is ", momentum,
                           ": it must be more than 0 and at most 1"});
    }
    const Entry& entry = declare({std::move(name), shape, size(), Init::constant(start)}, momentum);
    return {entry.offset, shape, entries_.size() - 1, hashes_.back()};
  }

  /// Makes a parameter, by its number among the entries, start as `init` says: what is created
  /// afterwards does. \throws Error for a running statistic and for a number that no entry has
  void set_init(std::size_t entry, const Init& init) {
    if (entry >= entries_.size() || is_statistic(entry)) {
      detail::raise_error({"layout: entry ", entry,
                           " is no parameter that starts anyhow: there are ", entries_.size(),
                           " entries, and statistics have a start of their own"});
    }
    entries_[entry].init = init;
  }

  /// How many numbers there are in all.
  Index size() const {
    return entries_.empty() ? 0 : entries_.back().offset + entries_.back().shape.size();
  }
  const std::vector<Entry>& entries() const& { return entries_; }
  std::vector<Entry> entries() const&& { return entries_; }

  /// Whether an entry, by its number, is a running statistic.
  bool is_statistic(std::size_t entry) const { return momentum(entry).has_value(); }
  /// A statistic's share of the newest batch; none for what is trained.
  std::optional<double> momentum(std::size_t entry) const { return momenta_[entry]; }

  /// Where what is trained lies: all but statistics.
  const std::vector<Segment>& trained() const& { return trained_; }
  std::vector<Segment> trained() const&& { return trained_; }

  /// Tells apart layouts that differ in an entry, or in the order of entries.
  std::uint64_t hash() const {
    Hash hash;
    hash.add(std::as_bytes(std::span(hashes_)));
    return hash.value();
  }

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
  const Entry& declare(Entry entry, std::optional<double> momentum) {
    const auto& [name, shape, offset, init] = entry;
    for (const Index extent : shape.extents) {
      if (extent < 1) {
        detail::raise_error({"layout: parameter '", name, "' is ", to_string(shape),
                             ": every extent must be at least 1"});
      }
    }
    if (find(name) != nullptr) raise(Error("layout: two parameters are named '" + name + "'"));
    // A model may be made in double.
    if (!detail::can_be_allocated<double>(shape.extents) ||
        !detail::can_be_allocated<double>(std::array{offset + shape.size()})) {
      detail::raise_error({"layout: parameter '", name, "' is ", to_string(shape),
                           ": memory has no room for so many numbers"});
    }
    hashes_.push_back(identity(entry, momentum.has_value()));
    momenta_.push_back(momentum);
    entries_.push_back(std::move(entry));
    return entries_.back();
  }

  static std::uint64_t identity(const Entry& entry, bool is_statistic) {
    const AnyShape& shape = entry.shape;
    const std::array numbers{entry.offset,     Index{shape.rank}, shape.extents[0],
                             shape.extents[1], shape.extents[2],  Index{is_statistic}};
    Hash hash;
    hash.add(entry.name);
    hash.add(std::as_bytes(std::span(numbers)));
    return hash.value();
  }

  std::vector<Entry> entries_;
  std::vector<std::uint64_t> hashes_;           // one for each entry
  std::vector<std::optional<double>> momenta_;  // one for each entry
  std::vector<Segment> trained_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

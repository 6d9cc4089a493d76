// The numbers of a model: one flat buffer of values and one of gradients.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include <vaecollapse/core/buffer.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/range.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/unique_version.hpp>
#include <vaecollapse/core/visit.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Values and gradients of every parameter that a `Layout` declares, flat and in its order.
/// A trained model is a const `Parameters`, which any number of threads may read.
template <class Scalar>
class Parameters {
 public:
  using scalar_type = Scalar;

  /// Values drawn by the layout. The draw of a number depends on the seed and its place in the
  /// layout only, and is computed in double, so float and double models start alike.
  Parameters(Layout layout, Seed seed) : Parameters(std::move(layout)) {
    const Draws draws(seed, 0);
    std::uint32_t place = 0;
    for (const Layout::Entry& entry : layout_.entries()) initialise(entry, draws, place++);
  }

  /// All values zero: to be filled from a file.
  explicit Parameters(Layout layout)
      : layout_(std::move(layout)), values_(layout_.size()), gradients_(layout_.size()) {}

  /// The same numbers in another precision, gradients zero.
  template <class Other>
  explicit Parameters(const Parameters<Other>& other) : Parameters(other.layout()) {
    std::transform(other.values().begin(), other.values().end(), values_.data(),
                   [](Other value) { return static_cast<Scalar>(value); });
  }

  Parameters(const Parameters&) = default;
  /// Leaves `other` without a layout and without numbers.
  Parameters(Parameters&& other) noexcept = default;
  /// All or nothing: if memory is short, nothing has changed. Takes over the layout too.
  Parameters& operator=(Parameters other) noexcept {
    std::swap(layout_, other.layout_);
    std::swap(values_, other.values_);
    std::swap(gradients_, other.gradients_);
    version_.renew();
    return *this;
  }
  ~Parameters() = default;

  const Layout& layout() const& { return layout_; }
  Layout layout() const&& { return layout_; }
  Index size() const { return layout_.size(); }
  /// Asking for values that may be written counts as writing them: ask anew after reading the
  /// parameters through a `Workspace`.
  std::span<Scalar> values() & {
    version_.renew();
    return values_;
  }
  std::span<const Scalar> values() const& { return values_; }
  std::span<const Scalar> values() const&& = delete;  // give the Parameters a name
  std::span<Scalar> gradients() & { return gradients_; }
  std::span<const Scalar> gradients() const& { return gradients_; }
  std::span<const Scalar> gradients() const&& = delete;  // give the Parameters a name
  void zero_gradients() { std::fill_n(gradients_.data(), gradients_.size(), Scalar(0)); }
  /// The same on a team's threads.
  void zero_gradients(Team& team) {
    split_by(team, copy_grain, size(), [&](Index first, Index count) {
      std::fill_n(gradients_.data() + first, count, Scalar(0));
    });
  }

  /// Draws the values of a range anew, as its entries' `Init` tells; its statistics begin again.
  /// The draws are addressed by the number of the update before which this happens: they differ
  /// from the first draws and from those of any other number. The optimiser's `reset` belongs to
  /// it.
  /// \throws Error for a range of another layout, or a number of 2^30 - 1 or more
  void redraw(const ParameterRange& range, Seed seed, std::uint64_t update) {
    range.require_of(layout_, "redraw");
    if (update + 1 >= Draws::steps || update + 1 == 0) {
      detail::raise_error({"redraw: update is ", update, ": it must be below ", Draws::steps - 1});
    }
    // The first draws have step 0.
    const Draws draws(seed, update + 1);
    for (std::size_t i = 0; i < layout_.entries().size(); ++i) {
      if (!range.contains(i)) continue;
      initialise(layout_.entries()[i], draws, static_cast<std::uint32_t>(i));
    }
  }

  /// \throws Error for a slot of a layer of another layout, or of a layer that was declared after
  /// these parameters were created
  template <int Rank>
  void require_holds(const Slot<Rank>& slot) const {
    if (!layout_.declares(slot)) refuse(slot.shape, slot.offset);
  }

  /// The values of one entry of the layout. \throws Error for an entry of another layout
  std::span<Scalar> values(const Layout::Entry& entry) & {
    require_holds(entry);
    return values().subspan(static_cast<std::size_t>(entry.offset),
                            static_cast<std::size_t>(entry.shape.size()));
  }
  std::span<const Scalar> values(const Layout::Entry& entry) const& {
    require_holds(entry);
    return std::span<const Scalar>(values_).subspan(static_cast<std::size_t>(entry.offset),
                                                    static_cast<std::size_t>(entry.shape.size()));
  }
  std::span<const Scalar> values(const Layout::Entry&) const&& = delete;  // give them a name

  void visit(Visitor& visitor) { visitor("values", values()); }

  /// Changes whenever the values may have changed, and no other parameters ever have the same. What
  /// was computed from the values belongs to one version.
  std::uint64_t version() const { return version_.number(); }

 private:
  void require_holds(const Layout::Entry& entry) const {
    const Layout::Entry* own = layout_.find(entry.name);
    if (own == nullptr || own->offset != entry.offset || own->shape != entry.shape) {
      refuse(entry.shape, entry.offset);
    }
  }

  /// Of the two mistakes, a layer declared too late lies behind the last number.
  [[noreturn]] void refuse(const AnyShape& shape, Index offset) const {
    const std::string slot =
        detail::message_of({"parameters: a slot ", to_string(shape), " at ", offset});
    const Layout::Entry* there = nullptr;
    for (const Layout::Entry& entry : layout_.entries()) {
      if (entry.offset <= offset) there = &entry;
    }
    if (offset >= size() || there == nullptr) {
      detail::raise_error(
          {slot, " is not among the ", size(),
           " numbers that there are: declare every layer before Parameters is made of the "
           "layout"});
    }
    detail::raise_error(
        {slot, " belongs to a layer of another Layout, here '", there->name, "' ",
         to_string(there->shape), " lies at ", there->offset,
         ": declare all layers of a model in one Layout, passed by reference, and make "
         "Parameters of it"});
  }

  void initialise(const Layout::Entry& entry, const Draws& draws, std::uint32_t place) {
    const std::span<Scalar> numbers = values(entry);
    if (entry.init.kind == Init::Kind::zeros || entry.init.kind == Init::Kind::constant) {
      std::fill(numbers.begin(), numbers.end(), static_cast<Scalar>(entry.init.scale));
      return;
    }
    for (std::size_t i = 0; i < numbers.size(); i += 4) {
      // A block of four numbers has its own address: the entry is the row, and the block's number
      // fills the unit (9 bits), position (9), sample (13) and again position (16 more): 2^47
      // blocks.
      const std::uint64_t block = i / 4;
      const auto words = draws.bits(
          Stream::initial_weights, place, static_cast<std::uint32_t>((block >> 18) & 8191),
          static_cast<std::uint32_t>(((block >> 9) & 511) | (block >> 31) << 9),
          static_cast<std::uint32_t>(block & 511));
      for (std::size_t k = 0; k < 4 && i + k < numbers.size(); ++k) {
        const double draw = entry.init.kind == Init::Kind::normal ? normal(words[k])
                                                                  : 2.0 * uniform01(words[k]) - 1.0;
        numbers[i + k] = static_cast<Scalar>(entry.init.scale * draw);
      }
    }
  }

  Layout layout_;
  detail::Buffer<Scalar> values_;
  detail::Buffer<Scalar> gradients_;
  detail::UniqueVersion version_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

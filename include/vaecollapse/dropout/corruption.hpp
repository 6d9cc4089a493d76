// What a dropout policy decides: which symbols the decoder reads in place of the previous ones.
// Ids, never scalars; the embedding kernel applies them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The inputs of a decoder, weakened. Only what it reads changes, not what it must predict. Kept
/// between steps, so that a warm one allocates nothing.
struct Corruption {
  /// The symbol to read in each column of the inputs' plan; `no_symbol` reads the zero vector.
  std::vector<Symbol> ids;
  /// Each unit of an embedding is dropped with this probability, by draws from `stream`.
  double unit_rate = 0;
  Stream stream = Stream::embedding_dropout;
  /// Random units per position already taken by the policies before.
  std::uint32_t units = 0;

  /// Starts from the clean inputs.
  void begin(const Symbols& inputs) {
    ids.assign(inputs.ids.begin(), inputs.ids.end());
    unit_rate = 0;
    stream = Stream::embedding_dropout;
    units = 0;
  }

  /// Takes `count` random units per position and gives the first, so that two policies of a
  /// chain never share a draw. \throws Error if there are no draws for so many
  std::uint32_t take_units(std::uint32_t count) {
    if (count > Draws::units - units) {
      detail::raise_error({"dropout: the policies ask for more than ", Draws::units,
                           " random units at each position"});
    }
    const std::uint32_t first = units;
    units += count;
    return first;
  }
};

/// How character dropout and contiguous dropout treat what they drop.
struct DropOptions {
  /// What is read instead: `<UNK>`, symbol 0 of every vocabulary, or `no_symbol`, the zero vector.
  Symbol replacement = 0;
  /// Position 0, the start symbol, is dropped too.
  bool drop_start = false;

  /// The first position that may be dropped.
  Index first() const { return drop_start ? 0 : 1; }
};

/// Checks that there is one corpus row for each row of the inputs, and that `out` was begun with
/// them. \throws ShapeError
inline void require_begun(std::string_view policy, const Symbols& inputs,
                          std::span<const std::uint32_t> rows, const Corruption& out) {
  const auto length = [](std::size_t size) { return Shape<1>{{static_cast<Index>(size)}}; };
  require_shapes(static_cast<Index>(rows.size()) == inputs.plan->batch(), policy,
                 {{"rows", length(rows.size())}, {"the batch", Shape<1>{{inputs.plan->batch()}}}},
                 "there must be one corpus row for each row of the batch");
  require_shapes(
      out.ids.size() == inputs.ids.size(), policy,
      {{"inputs", length(inputs.ids.size())}, {"the corruption", length(out.ids.size())}},
      "a corruption begins as a copy of the inputs: call `corrupt`");
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

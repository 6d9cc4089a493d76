// What a dropout policy must offer, and the one function that applies it.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/dropout/corruption.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// `void apply(const Symbols& inputs, std::span<const std::uint32_t> rows, const Draws& draws,
/// Corruption& out) const`.
template <class T>
concept CorruptsInputs = requires(const T& policy, const Symbols& inputs,
                                  std::span<const std::uint32_t> rows, const Draws& draws,
                                  Corruption& out) {
  policy.apply(inputs, rows, draws, out);
};

/// A policy is a value: the trainer copies it.
template <class T>
concept CopyableCorruption = std::copy_constructible<T>;

/// Weakens the decoder by what it reads. `inputs` are the clean symbols, `rows` the corpus row of
/// each row of the batch, which together with the position addresses every draw, so that the order
/// of a batch never matters; `out` holds the inputs as the policies before have left them.
template <class T>
concept InputCorruption = CorruptsInputs<T> && CopyableCorruption<T>;

/// Fails to compile, with the sentence of the first thing that is missing, unless `T` is an
/// `InputCorruption`: for class templates that a user fills.
template <class T>
consteval bool require_corruption() {
  static_assert(CorruptsInputs<T>,
                "a dropout policy needs `void apply(const Symbols& inputs, std::span<const "
                "std::uint32_t> rows, const Draws& draws, Corruption& out) const`; "
                "see docs/how_to/custom_dropout.md");
  static_assert(CopyableCorruption<T>,
                "a dropout policy is a value: it needs a copy constructor; "
                "see docs/how_to/custom_dropout.md");
  return true;
}

/// Fills `out` with the inputs as `dropout` weakens them. For training only: evaluation reads the
/// inputs as they are.
/// \throws ShapeError unless there is one corpus row for each row of the batch
template <InputCorruption Dropout>
void corrupt(const Dropout& dropout, const Symbols& inputs, std::span<const std::uint32_t> rows,
             const Draws& draws, Corruption& out) {
  out.begin(inputs);
  dropout.apply(inputs, rows, draws, out);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

// Encoders: from a batch's sources to one code vector a row.
#pragma once

#include <array>
#include <concepts>
#include <optional>
#include <string>

#include <vaecollapse/autodiff/ops/shape.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/model/bag_of_characters.hpp>
#include <vaecollapse/model/bag_options.hpp>
#include <vaecollapse/nn/cell.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// `encoder(cx, batch)` gives the code, [width x B] in canonical order, or a sequence of codes.
template <class E>
concept EncodesBatches = requires(const E& encoder, Tape<float>& tape, const Batch& batch) {
  encoder(tape, batch);
  requires std::same_as<decltype(encoder(tape, batch)), Var<float, 2>> ||
      std::same_as<decltype(encoder(tape, batch)), Sequence<float>>;
};

/// `encoder.width()` is the number of rows of the code.
template <class E>
concept HasCodeWidth = requires(const E& encoder) {
  { encoder.width() } -> std::same_as<Index>;
};

/// The functions that a sequence VAE calls of an encoder.
template <class E>
concept Encoder = EncodesBatches<E> && HasCodeWidth<E>;

/// Embedded source characters through a `Cell`, or both directions of one; the code is its last
/// output, so padding never touches it. With a bag, that of the source's characters stands below
/// the output in the code. Parameters `name.embedding.*`, and those of the cell under its name,
/// such as `name.gru.*`.
/// \shape a batch of B rows -> [width x B] \cost that of the cell, which projects each symbol once
template <class Recurrent>
class RecurrentEncoder {
 public:
  /// The sizes of the encoder.
  struct Sizes {
    Index symbols;
    Index embedding;
    Index hidden;
    /// Gives the code the bag of the source's characters too. \source Kamoi & Fukutomi 2018
    std::optional<BagEntries> bag = std::nullopt;
  };

  RecurrentEncoder(Layout& layout, const std::string& name, Sizes sizes)
      : embedding_(layout, name + ".embedding", {sizes.symbols, sizes.embedding}),
        recurrent_(layout, name + "." + std::string(cell_name<Recurrent>()),
                   {sizes.embedding, sizes.hidden}),
        bag_(sizes.bag) {}
  /// The same with a cell that a `CellFactory` makes, such as one of a type chosen at run time.
  template <class Factory>
  RecurrentEncoder(Layout& layout, const std::string& name, Sizes sizes, const Factory& make_cell)
      : embedding_(layout, name + ".embedding", {sizes.symbols, sizes.embedding}),
        recurrent_(make_cell(layout, name + "." + std::string(make_cell.name()),
                             CellSizes{sizes.embedding, sizes.hidden})),
        bag_(sizes.bag) {}

  template <Context C>
  Var<typename C::scalar_type, 2> operator()(C& cx, const Batch& batch) const {
    using Input = Contribution<typename C::scalar_type>;
    const std::array inputs{Input::per_symbol(embedding_(cx, batch.source()))};
    const auto output = recurrent_.sequence(cx, inputs, *batch.source().plan).last();
    if (!bag_) return output;
    return concatenate(cx, output, bag_of_characters(cx, batch.source(), symbols(), *bag_));
  }

  Index width() const { return recurrent_.width() + (bag_ ? bag_size(symbols()) : 0); }

 private:
  Index symbols() const { return embedding_.symbols(); }

  Embedding embedding_;
  Recurrent recurrent_;
  std::optional<BagEntries> bag_;
};

/// Reads the source in both directions: u = [h_fwd(last); h_bwd(first)].
using BiGruEncoder = RecurrentEncoder<BiGru>;
/// Reads the source from left to right only.
using GruEncoder = RecurrentEncoder<Gru>;

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

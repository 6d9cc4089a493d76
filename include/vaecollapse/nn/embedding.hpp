// Embedding tables, of symbols and of tags.
#pragma once

#include <string>

#include <vaecollapse/autodiff/ops/embedding.hpp>
#include <vaecollapse/nn/init.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// A table with a column for each symbol, which gives each symbol its column. Parameter
/// `name.weight` [width x symbols].
/// \shape N symbols -> [width x N] \cost nothing below a recurrent layer, which projects the table;
/// else a copy
class Embedding {
 public:
  /// The sizes of the layer.
  struct Sizes {
    Index symbols;
    Index width;
  };

  /// \param start the distribution that the table is drawn from at first
  Embedding(Layout& layout, const std::string& name, Sizes sizes,
            const Init& start = init::embedding())
      : table_(layout.add(name + ".weight", Shape<2>{{sizes.width, sizes.symbols}}, start)) {}

  /// The symbols beside their table, not gathered: recurrent layers are fastest with these.
  template <Context C>
  Embedded<typename C::scalar_type> operator()(C& cx, const Symbols& symbols) const {
    return {cx.parameter(table_), symbols};
  }

  /// \shape [width x N], a column for each symbol
  template <Context C>
  Sequence<typename C::scalar_type> columns(C& cx, const Symbols& symbols) const {
    return gather(cx, (*this)(cx, symbols));
  }

  /// \shape [width x B], the sum over each row's tags
  template <Context C>
  Var<typename C::scalar_type, 2> sum(C& cx, const TagSets& tags) const {
    return tag_sum(cx, cx.parameter(table_), tags);
  }

  Index width() const { return table_.shape[0]; }
  Index symbols() const { return table_.shape[1]; }
  Slot<2> table() const { return table_; }

 private:
  Slot<2> table_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

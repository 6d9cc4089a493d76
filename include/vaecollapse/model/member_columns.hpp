// What a model of an ensemble offers to a search.
#pragma once

#include <span>

#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/view.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// What one model of an ensemble computes for the rows of a batch: columns of its decoder's state,
/// one for each hypothesis. It lives in a scope of its own of the model's workspace, so of two of
/// one workspace the later ends first.
template <class Scalar>
class MemberColumns {
 public:
  virtual ~MemberColumns() = default;
  MemberColumns(const MemberColumns&) = delete;
  MemberColumns& operator=(const MemberColumns&) = delete;

  /// How many symbols it tells apart.
  virtual Index symbols() const = 0;
  /// Advances all columns by a symbol each, for row rows[i] of the batch.
  virtual void step(std::span<const Symbol> ids, std::span<const Index> rows) = 0;
  /// The logits of every next symbol of a column.
  virtual View<const Scalar> logits(Index column) const = 0;
  /// Column `to` of the next step continues column `from` of this one.
  virtual void carry(Index from, Index to) = 0;

 protected:
  MemberColumns() = default;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

// A model that predicts words together with others.
#pragma once

#include <memory>
#include <span>

#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/model/member_columns.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// A model of an ensemble, with a z for each row of a corpus, whatever its network is.
template <class Scalar = float>
class EnsembleMember {
 public:
  virtual ~EnsembleMember() = default;
  /// Columns for the rows of a batch of that corpus; they end before those of another batch begin.
  /// \param longest of each row's word, in symbols \param most hypotheses of a row at once
  virtual std::unique_ptr<MemberColumns<Scalar>> open(const Batch& batch,
                                                      std::span<const Index> longest,
                                                      Index most) = 0;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

// Several models that predict one word together, symbol by symbol: their networks may differ, their
// symbols may not.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/model/conditions.hpp>
#include <vaecollapse/model/decode.hpp>
#include <vaecollapse/model/decoder.hpp>
#include <vaecollapse/model/member_columns.hpp>
#include <vaecollapse/model/word_columns.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// The columns of a decoder, in a scope that ends with them.
template <class Scalar, class D, class Given, class Columns>
class MemberColumnsOf final : public MemberColumns<Scalar> {
 public:
  /// \param make_given gives what the decoder is conditioned on \param make_columns the columns
  template <class MakeGiven, class MakeColumns>
  MemberColumnsOf(Workspace<Scalar>& ws, const D& decoder, MakeGiven&& make_given,
                  MakeColumns&& make_columns)
      : scope_(ws),
        symbols_(decoder.symbols()),
        given_(make_given()),
        columns_(make_columns(std::as_const(given_))) {}

  Index symbols() const override { return symbols_; }
  void step(std::span<const Symbol> ids, std::span<const Index> rows) override {
    columns_.step(ids, rows);
  }
  View<const Scalar> logits(Index column) const override { return columns_.logits(column); }
  void carry(Index from, Index to) override { columns_.carry(from, to); }

 private:
  Scope<Workspace<Scalar>> scope_;
  Index symbols_;
  Given given_;
  Columns columns_;
};

/// A decoder's steps and the columns that they advance, which refer to them.
template <class Scalar, class Steps>
class OwningColumns {
 public:
  template <class D, class Given>
  OwningColumns(Workspace<Scalar>& ws, const D& decoder, const Given& given, Index capacity)
      : steps_(decoder.steps(ws, given)), columns_(ws, steps_, decoder.symbols(), capacity) {}
  OwningColumns(const OwningColumns&) = delete;
  OwningColumns& operator=(const OwningColumns&) = delete;

  void step(std::span<const Symbol> ids, std::span<const Index> rows) { columns_.step(ids, rows); }
  View<const Scalar> logits(Index column) const { return columns_.logits(column); }
  void carry(Index from, Index to) { columns_.carry(from, to); }

 private:
  Steps steps_;
  SteppingColumns<Scalar, Steps> columns_;
};

}  // namespace detail

/// The columns of one decoder for the rows that `make_given()` conditions it on; what it makes
/// stands in the scope of the columns.
/// \param longest of the word of each row, in symbols \param most hypotheses that a row has at once
template <class Scalar, Decoder D, class MakeGiven>
std::unique_ptr<MemberColumns<Scalar>> member_columns(Workspace<Scalar>& ws, const D& decoder,
                                                      std::span<const Index> longest, Index most,
                                                      MakeGiven&& make_given) {
  using Given = decltype(make_given());
  if constexpr (MayBeParallel<D>) {
    if (decoder.is_parallel()) {
      using Columns = detail::ParallelColumns<Scalar>;
      return std::make_unique<detail::MemberColumnsOf<Scalar, D, Given, Columns>>(
          ws, decoder, make_given,
          [&](const Given& given) { return Columns(ws, decoder, given, longest); });
    }
  }
  using Steps = std::remove_cvref_t<decltype(decoder.steps(ws, std::declval<const Given&>()))>;
  using Columns = detail::OwningColumns<Scalar, Steps>;
  const Index capacity = static_cast<Index>(longest.size()) * most;
  return std::make_unique<detail::MemberColumnsOf<Scalar, D, Given, Columns>>(
      ws, decoder, make_given,
      [&](const Given& given) { return Columns(ws, decoder, given, capacity); });
}

/// The columns of an ensemble, as a search drives them: the log probability of a symbol is the mean
/// of those of the members, normalised anew over all symbols. So it is their product of experts,
/// p(x_t) ~ (p_1(x_t) ... p_K(x_t))^(1/K), and each member has read the same symbols.
/// \source the ensembles of Kann & Schütze 2016 and of neural machine translation since
/// Sutskever et al. 2014
template <class Scalar>
class EnsembleColumns {
 public:
  using Members = std::vector<std::unique_ptr<MemberColumns<Scalar>>>;

  /// \throws Error for no members, and for members that tell apart other numbers of symbols
  explicit EnsembleColumns(Members members) : members_(std::move(members)) {
    if (members_.empty()) raise(Error("ensemble: there are no members"));
    for (const auto& member : members_) {
      if (member->symbols() == symbols()) continue;
      detail::raise_error({"ensemble: its members have ", symbols(), " and ", member->symbols(),
                           " symbols: all must have the same"});
    }
  }
  ~EnsembleColumns() {
    while (!members_.empty()) members_.pop_back();
  }
  EnsembleColumns(const EnsembleColumns&) = delete;
  EnsembleColumns& operator=(const EnsembleColumns&) = delete;

  /// Advances all columns of all members by a symbol each.
  void step(std::span<const Symbol> ids, std::span<const Index> rows) {
    means_.assign(ids.size() * static_cast<std::size_t>(symbols()), 0.0);
    for (const auto& member : members_) {
      member->step(ids, rows);
      for (std::size_t i = 0; i < ids.size(); ++i) add(*member, static_cast<Index>(i));
    }
  }

  /// The mean log probabilities of every next symbol of a column.
  View<const double> logits(Index column) const {
    return {means_.data() + column * symbols(), symbols(), 1};
  }

  void carry(Index from, Index to) {
    for (const auto& member : members_) member->carry(from, to);
  }

 private:
  Index symbols() const { return members_.front()->symbols(); }

  void add(const MemberColumns<Scalar>& member, Index column) {
    const View<const Scalar> logits = member.logits(column);
    const double all = detail::normaliser(logits);
    double* const means = means_.data() + column * symbols();
    for (Index v = 0; v < logits.rows; ++v) {
      means[v] += (static_cast<double>(logits.data[v]) - all) / double(members_.size());
    }
  }

  Members members_;
  std::vector<double> means_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

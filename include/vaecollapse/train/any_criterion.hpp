// A criterion chosen at run time.
#pragma once

#include <concepts>
#include <string_view>

#include <vaecollapse/core/erased.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/train/criterion.hpp>
#include <vaecollapse/train/report.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Any criterion for one type of network and of rows, as a copyable value.
/// \cost one virtual call each for its functions, an epoch
template <class Network, SymbolRows Rows>
class AnyCriterion {
 public:
  template <class Criterion>
  requires(!std::same_as<Criterion, AnyCriterion> &&
           vaecollapse::Criterion<Criterion, Network, Rows>)
      AnyCriterion(const Criterion& criterion)
      : held_(criterion) {}

  std::string_view name() const { return held_->name(); }
  std::string_view tie_break() const { return held_->tie_break(); }
  Score judge(Evaluation<Network>& evaluation, const Rows& dev, EpochReport& epoch) const {
    return held_->judge(evaluation, dev, epoch);
  }
  bool is_better(const Score& one, const Score& best) const { return held_->is_better(one, best); }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual std::string_view name() const = 0;
    virtual std::string_view tie_break() const = 0;
    virtual Score judge(Evaluation<Network>& evaluation, const Rows& dev,
                        EpochReport& epoch) const = 0;
    virtual bool is_better(const Score& one, const Score& best) const = 0;
  };

  template <class Criterion>
  struct Holding final : Interface {
    explicit Holding(const Criterion& value) : criterion(value) {}
    std::string_view name() const override { return criterion.name(); }
    std::string_view tie_break() const override { return name_of_tie_break(criterion); }
    Score judge(Evaluation<Network>& evaluation, const Rows& dev,
                EpochReport& epoch) const override {
      return criterion.judge(evaluation, dev, epoch);
    }
    bool is_better(const Score& one, const Score& best) const override {
      return criterion.is_better(one, best);
    }

    Criterion criterion;
  };

  detail::Erased<Interface, Holding> held_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

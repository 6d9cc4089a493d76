// Ragged batches of sequences without padding: rows sorted by length, columns stored time-major,
// so that rows fall off the end of each step instead of being masked.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Where each (row, step) of a ragged batch lies. Rows have one canonical order, that of the
/// batch; inside a step they stand in order of falling length (stable), and the columns of step t
/// are offset(t) .. offset(t) + active(t).
class SequencePlan {
 public:
  SequencePlan() = default;
  explicit SequencePlan(std::span<const Index> lengths) { assign(lengths); }

  /// Plans for rows of these lengths (0 is allowed). Keeps its capacity, so a warm plan allocates
  /// nothing. \throws Error for a negative length \cost O(B + T)
  void assign(std::span<const Index> lengths) {
    require_lengths(lengths);
    lengths_.resize(lengths.size());
    std::copy_n(lengths.data(), lengths.size(), lengths_.data());
    count_longer();
    offset_.resize(longer_.size());
    offset_[0] = 0;
    for (std::size_t t = 1; t < offset_.size(); ++t) offset_[t] = offset_[t - 1] + longer_[t - 1];
    order_.resize(lengths.size());
    position_.resize(lengths.size());
    for (Index row = 0; row < batch(); ++row) {
      const Index place = at(longer_, length(row))++;  // the next row of this length comes behind
      at(position_, row) = place;
      at(order_, place) = row;
    }
  }

  Index batch() const { return Index(lengths_.size()); }
  /// T, the longest row's length.
  Index steps() const { return offset_.empty() ? 0 : Index(offset_.size()) - 1; }
  /// The sum of lengths.
  Index columns() const { return offset_.empty() ? 0 : offset_.back(); }
  Index length(Index row) const { return at(lengths_, row); }
  Index offset(Index step) const { return at(offset_, step); }
  /// How many rows are longer than `step`.
  Index active(Index step) const { return at(offset_, step + 1) - at(offset_, step); }
  /// order()[j] is the canonical row that stands at place j of every step.
  std::span<const Index> order() const& { return order_; }
  std::span<const Index> order() const&& = delete;  // give the plan a name
  /// The place of a canonical row inside every step; the inverse of `order`.
  Index position(Index row) const { return at(position_, row); }
  Index column(Index row, Index step) const { return offset(step) + position(row); }

 private:
  static void require_lengths(std::span<const Index> lengths) {
    for (std::size_t row = 0; row < lengths.size(); ++row) {
      if (lengths[row] >= 0) continue;
      detail::raise_error({"SequencePlan: the length of row ", row, " is ", lengths[row],
                           ", it must be at least 0"});
    }
  }

  /// How many rows are longer than 0, 1, ... T.
  void count_longer() {
    Index longest = 0;
    for (const Index length : lengths_) longest = std::max(longest, length);
    longer_.clear();
    longer_.resize(static_cast<std::size_t>(longest) + 1);  // zeros
    for (const Index length : lengths_) {
      if (length > 0) ++at(longer_, length - 1);
    }
    for (Index t = longest - 1; t > 0; --t) at(longer_, t - 1) += at(longer_, t);
  }

  std::vector<Index> lengths_;
  std::vector<Index> longer_;  // of use only while a plan is made; kept for its memory
  std::vector<Index> order_;
  std::vector<Index> position_;
  std::vector<Index> offset_;
};

namespace detail {

/// Plans that are made and given back in turn, the newest first. Those given back are assigned
/// again, so that as many of as many rows as before cost no memory.
class PlanStack {
 public:
  /// A plan, and the one that was made after it.
  struct Node {
    SequencePlan plan;
    Node* next = nullptr;
  };

  PlanStack() = default;
  ~PlanStack() {
    while (first_ != nullptr) delete std::exchange(first_, first_->next);
  }
  PlanStack(const PlanStack&) = delete;
  PlanStack& operator=(const PlanStack&) = delete;

  const SequencePlan& push(std::span<const Index> lengths) {
    Node*& next = last_ == nullptr ? first_ : last_->next;
    if (next == nullptr) next = new Node;
    next->plan.assign(lengths);
    last_ = next;
    return next->plan;
  }

  /// What there is now, for `release`.
  Node* mark() const { return last_; }
  void release(Node* mark) { last_ = mark; }

 private:
  Node* first_ = nullptr;
  Node* last_ = nullptr;  ///< the newest in use; behind it are those given back
};

}  // namespace detail

/// A plan that a result, or a node of a tape, will point to: it may be no temporary.
class KeptPlan {
 public:
  KeptPlan(const SequencePlan& plan) : plan_(&plan) {}
  KeptPlan(const SequencePlan&&) = delete;  // give the plan a name, and let it outlive the Scope
  operator const SequencePlan&() const { return *plan_; }

 private:
  const SequencePlan* plan_;
};

/// The id of a symbol of a vocabulary.
using Symbol = std::int32_t;

/// An id whose embedding is the zero vector.
inline constexpr Symbol no_symbol = -1;

/// Symbols of a ragged batch: ids[plan->column(row, t)] is symbol t of a row. Owns nothing.
struct Symbols {
  const SequencePlan* plan = nullptr;
  std::span<const Symbol> ids;

  Symbols() = default;
  Symbols(const SequencePlan* rows, std::span<const Symbol> symbols) : plan(rows), ids(symbols) {}
  template <class T>
  Symbols(const SequencePlan*, const std::vector<T>&&) = delete;  // give the vector a name
};

/// A set of tags for each row of a batch, in canonical order: the tags of row r are
/// ids[first[r]] .. ids[first[r + 1]]. Owns nothing.
struct TagSets {
  std::span<const Index> first;
  std::span<const Symbol> ids;

  TagSets() = default;
  TagSets(std::span<const Index> begins, std::span<const Symbol> tags) : first(begins), ids(tags) {}
  template <class T, class Ids>
  TagSets(const std::vector<T>&&, const Ids&) = delete;  // give the vector a name
  template <class Begins, class T>
  TagSets(const Begins&, const std::vector<T>&&) = delete;  // give the vector a name
  template <class T, class U>
  TagSets(const std::vector<T>&&, const std::vector<U>&&) = delete;  // give the vectors names

  Index batch() const { return first.empty() ? 0 : Index(first.size()) - 1; }
  std::span<const Symbol> of(Index row) const {
    const auto begin = static_cast<std::size_t>(at(first, row));
    const auto end = static_cast<std::size_t>(at(first, row + 1));
    return ids.subspan(begin, end - begin);
  }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

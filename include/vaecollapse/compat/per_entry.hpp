// Means of entries in place of sums over words, as a published system has them.
#pragma once

#include <concepts>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/objective/compose.hpp>
#include <vaecollapse/objective/concepts.hpp>
#include <vaecollapse/objective/terms.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::compat {

/// Another policy, where the NLL is averaged over the symbols of all words, T to a word, and what
/// it makes of the KL over the G rows of kl. All is multiplied by T, so that the NLL stays what it
/// is, the loss is NLL + (T / G) f(KL): the two means hide a weight, which is reported. Its target,
/// if it has one, stays in nats per word. A switch to reproduce systems that do so. \source
/// github.com/akashrajkn/akruti; T / G is about 0.08 there for Turkish
template <class Policy>
class PerEntry {
  static_assert(require_rate_policy<Policy>());

 public:
  static constexpr int controllers = static_controllers<Policy>;

  // Takes nothing that converts to a policy: an erased one is made of this very class.
  template <std::same_as<Policy> P>
  explicit PerEntry(P policy) : policy_(std::move(policy)) {}

  int count_controllers() const { return vaecollapse::count_controllers(policy_); }

  /// \throws Error for terms without numbers of symbols
  Report evaluate(const Terms& terms, Seeds& seeds) const {
    if (!is_positive(terms.symbols)) {
      raise(Error("PerEntry: the terms hold no numbers of symbols of a word"));
    }
    Report report = policy_.evaluate(terms, seeds);
    scale_penalty(terms.symbols / terms.entries(), seeds, report);
    return report;
  }

  void after_step(const Report& report) { notify_step(policy_, report); }
  void visit(Visitor& visitor) { visit_state("policy", policy_, visitor); }

 private:
  Policy policy_;
};

/// The policy is taken as it is given.
template <class Policy>
PerEntry(Policy) -> PerEntry<Policy>;

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::compat

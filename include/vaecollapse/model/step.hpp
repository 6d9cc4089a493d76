// The objective between the network and the tape: terms out, in double; seeds in; then backward.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/model/vae_terms.hpp>
#include <vaecollapse/objective/concepts.hpp>
#include <vaecollapse/objective/terms.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// Copies of both terms in double, in the arena.
template <class Scalar>
struct DoubleTerms {
  std::span<double> kl, nll;

  DoubleTerms(Arena& arena, const VaeTerms<Scalar>& terms)
      : kl(arena.span<double>(terms.kl.size())), nll(arena.span<double>(terms.nll.size())) {
    copy(terms.kl.data(), kl);
    copy(terms.nll.data(), nll);
  }

 private:
  static void copy(const Scalar* from, std::span<double> to) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<double>(from[i]);
  }
};

template <class Scalar>
void add_seeds(std::span<const double> seeds, double weight, Scalar* gradient) {
  if (gradient == nullptr) return;  // all that the term depends on is frozen
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    gradient[i] += static_cast<Scalar>(weight * seeds[i]);
  }
}

}  // namespace detail

/// Evaluates the objective over the whole batch, off the tape, and runs backward from its seeds.
/// Parameters' gradients add up in their buffer; the objective's own step comes after the
/// optimiser's, with `notify_step`. Auxiliary losses are seeded with their weights. `weight`
/// multiplies every seed; the report is that of the loss without it.
/// \throws Error if some node of the tape has run backward already, or for terms of a
/// workspace or of another tape
template <class Scalar, RatePolicy Objective>
Report backward(Tape<Scalar>& tape, const Objective& objective, const VaeTerms<Scalar>& terms,
                std::type_identity_t<std::span<const AuxiliaryTerm<Scalar>>> auxiliary = {},
                double weight = 1) {
  tape.require_own("the NLL", terms.nll);
  tape.require_own("the KL", terms.kl);
  for (const AuxiliaryTerm<Scalar>& term : auxiliary) {
    tape.require_own("an auxiliary loss", term.loss);
  }
  const ArenaFrame frame(tape.arena());
  detail::DoubleTerms<Scalar> copies(tape.arena(), terms);
  const Index groups = terms.kl.rows(), batch = terms.kl.columns();
  const auto dkl = tape.arena().template span<double>(terms.kl.size());
  const auto dnll = tape.arena().template span<double>(terms.nll.size());
  const Terms values{
      {copies.kl.data(), groups, batch}, copies.nll, terms.symbols, terms.places, terms.leading};
  Seeds seeds{{dkl.data(), groups, batch}, dnll};
  Report report = objective.evaluate(values, seeds);
  detail::add_seeds<Scalar>(dkl, weight, terms.kl.gradient_or_null());
  detail::add_seeds<Scalar>(dnll, weight, terms.nll.gradient_or_null());
  for (const AuxiliaryTerm<Scalar>& term : auxiliary) {
    const auto value = static_cast<double>(term.loss.item());
    detail::add_seeds<Scalar>({&term.weight, 1}, weight, term.loss.gradient_or_null());
    report.auxiliary += value;
    report.loss += term.weight * value;
  }
  tape.run_backward();
  return report;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

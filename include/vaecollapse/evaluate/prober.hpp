// Probes of the posteriors of a batch: what the z of another word costs, and of Gaussians the gain
// of better ones than the encoder's, and the gradients at those that the encoder gives.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/evaluate/probing.hpp>
#include <vaecollapse/latent/concepts.hpp>
#include <vaecollapse/latent/refinements.hpp>
#include <vaecollapse/model/sequence_vae.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The search for the best posterior of an example.
struct PosteriorProbeOptions {
  std::uint32_t steps = 30;    ///< of Adam on mu and logvar
  double learning_rate = 0.1;  ///< of Adam, so in standard deviations of the prior
  std::uint32_t samples = 4;   ///< of z, for each gradient and each value
  Seed seed{0};
};

/// What takes mu and logvar is empty for a family that has none.
/// \unit nats per word, gradients of the batch's mean
struct PosteriorProbe {
  /// Norms of the gradients that reach (mu, logvar). A ratio far below 1 means that the
  /// decoder hardly uses z.
  std::optional<double> nll_gradient;
  std::optional<double> kl_gradient;
  /// The weight of the KL at which the posteriors' widths would be at rest:
  /// -sum dNLL/dlogvar / sum dKL/dlogvar. 1 at the optimum of the ELBO; below it the rate is held
  /// up, above it down.
  std::optional<double> kl_price;
  /// How much NLL + max(KL, R) falls when (mu, logvar) are optimised for each word directly, R
  /// being the encoder's rate: a KL below R earns nothing, so that a rate that is held up on
  /// purpose is no gap. \source the amortisation gap of Cremer et al. 2018, with that floor
  std::optional<double> gap;
  /// How much the NLL rises when each word is given the z of the next; of sequences, of the next
  /// with as many places, and its own where there is none.
  double permutation_gap = 0;

  /// The norm of the NLL's gradient over that of the KL's; empty where the KL pulls at nothing.
  std::optional<double> gradient_ratio() const {
    if (!nll_gradient || !kl_gradient || !(*kl_gradient > 0)) return std::nullopt;
    return *nll_gradient / *kl_gradient;
  }
};

namespace detail {

/// The columns one place to the left, the first of them last.
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> next_columns(C& cx, const Var<Scalar, 2>& z) {
  const auto other = cx.template make<2>(z.shape());
  std::rotate_copy(z.data(), z.data() + z.rows(), z.data() + z.size(), other.data());
  return other;
}

/// For each row the next of as many places, itself where there is none; the next row of all where
/// no two have as many.
inline std::vector<Index> next_of_equal_length(const SequencePlan& plan) {
  const Index batch = plan.batch();
  std::vector<Index> next;
  bool has_any = false;
  for (Index j = 0; j < batch; ++j) {
    Index other = (j + 1) % batch;
    while (other != j && plan.length(other) != plan.length(j)) other = (other + 1) % batch;
    has_any = has_any || other != j;
    next.push_back(other);
  }
  for (Index j = 0; !has_any && j < batch; ++j) at(next, j) = (j + 1) % batch;
  return next;
}

/// The sequences of these next rows, so that the number of places is no sign of a use of z.
template <Context C, class Scalar = typename C::scalar_type>
Sequence<Scalar> next_columns(C& cx, const Sequence<Scalar>& z) {
  const std::vector<Index> next = next_of_equal_length(*z.plan);
  std::vector<Index> lengths;
  for (const Index row : next) lengths.push_back(z.plan->length(row));
  return sequences_of(cx, z.columns.rows(), lengths, [&](Index j, Index t) {
    return z.columns.view().column(z.plan->column(at(next, j), t));
  });
}

inline double total(const float* values, Index size) {
  double sum = 0;
  for (Index i = 0; i < size; ++i) sum += static_cast<double>(values[i]);
  return sum;
}

/// The mean NLL where each word has the z of the next, the last that of the first, less that where
/// it has its own; of any posterior family.
template <class Network>
double permutation_gap(Probing<Network>& probing, const Batch& batch,
                       const PosteriorProbeOptions& options) {
  const Network& network = probing.network();
  Tape<float>& tape = probing.tape();
  const Scope scope(tape);
  const auto encoded = network.infer(tape, batch);
  const Draws draws(options.seed, 0, Pass::diagnose);
  double own = 0, of_next = 0;
  for (std::uint32_t s = 0; s < options.samples; ++s) {
    const Scope of_sample(tape);
    const auto z = network.posterior().sample(tape, encoded.q, draws, batch.rows(), s);
    const auto nll = network.reconstruct(tape, z, batch, batch.inputs());
    const auto other = network.reconstruct(tape, next_columns(tape, z), batch, batch.inputs());
    own += total(nll.data(), nll.size());
    of_next += total(other.data(), other.size());
  }
  return (of_next - own) / (static_cast<double>(batch.size()) * options.samples);
}

/// The posteriors of one batch, as the encoder gives them and optimised.
template <class Network>
class GaussianProber {
 public:
  GaussianProber(Probing<Network>& probing, const PosteriorProbeOptions& options)
      : network_(probing.network()), tape_(probing.tape()), options_(options) {}

  PosteriorProbe operator()(const Batch& batch) {
    start(batch);
    PosteriorProbe probe;
    const Losses before = losses(batch);
    probe.permutation_gap = nll_of_neighbours(batch) - before.nll;
    add_gradients(probe, batch);
    optimise(batch, before.kl);
    const Losses after = losses(batch);
    const double floor = std::max(before.kl, 0.0);
    probe.gap = before.nll + floor - (after.nll + std::max(after.kl, floor));
    return probe;
  }

 private:
  /// Means over the batch.
  struct Losses {
    double nll = 0, kl = 0;
  };
  /// A number for each of mu and of logvar.
  struct Numbers {
    std::vector<float> mu, logvar;

    template <class F>
    void for_each(F&& f) {
      f(mu);
      f(logvar);
    }
  };

  void start(const Batch& batch) {
    const Scope scope(tape_);
    const auto encoded = network_.infer(tape_, batch);
    const auto [mu, logvar] = parts_of(encoded.q);
    shape_ = mu.shape();
    const auto copy = [](const Var<float, 2>& x) {
      return std::vector<float>(x.data(), x.data() + x.size());
    };
    posterior_ = {copy(mu), copy(logvar)};
    if constexpr (GaussianPlaces<FamilyOf<Network>>) plan_ = *encoded.q.means.plan;
  }

  using Q = PosteriorOf<FamilyOf<Network>, Tape<float>>;
  struct Parts {
    Var<float, 2> mu, logvar;
  };

  static Parts parts_of(const Q& q) {
    if constexpr (GaussianPlaces<FamilyOf<Network>>) {
      return {q.means.columns, q.logvars.columns};
    } else {
      return {q.mu, q.logvar};
    }
  }

  /// The posteriors as leaves of the tape.
  Q leaves() {
    const auto leaf = [&](const std::vector<float>& values) {
      const auto x = tape_.template make<2>(shape_);
      std::copy(values.begin(), values.end(), x.value_view().data);
      return x;
    };
    Q q{};
    if constexpr (GaussianPlaces<FamilyOf<Network>>) {
      q.means = {leaf(posterior_.mu), &plan_};
      q.logvars = {leaf(posterior_.logvar), &plan_};
    } else {
      q.mu = leaf(posterior_.mu);
      q.logvar = leaf(posterior_.logvar);
    }
    return q;
  }

  /// NLL and KL of one sample, on the tape.
  VaeTerms<float> terms(const Q& q, const Batch& batch, std::uint32_t sample, std::uint64_t step) {
    const Draws draws(options_.seed, step, Pass::diagnose);
    const auto z = network_.posterior().sample(tape_, q, draws, batch.rows(), sample);
    return {.nll = network_.reconstruct(tape_, z, batch, batch.inputs()),
            .kl = network_.posterior().kl(tape_, q, z)};
  }

  /// The losses over samples that the optimisation has not used.
  Losses losses(const Batch& batch) {
    Losses sum;
    const double count = static_cast<double>(batch.size()) * options_.samples;
    for (std::uint32_t s = 0; s < options_.samples; ++s) {
      const Scope scope(tape_);
      const auto one = terms(leaves(), batch, s, 0);
      sum.nll += total(one.nll.data(), one.nll.size()) / count;
      sum.kl += total(one.kl.data(), one.kl.size()) / count;
    }
    return sum;
  }

  /// The mean NLL where each word has the z of the next, the last that of the first.
  double nll_of_neighbours(const Batch& batch) {
    double sum = 0;
    for (std::uint32_t s = 0; s < options_.samples; ++s) {
      const Scope scope(tape_);
      const Draws draws(options_.seed, 0, Pass::diagnose);
      const auto z = network_.posterior().sample(tape_, leaves(), draws, batch.rows(), s);
      const auto nll = network_.reconstruct(tape_, next_columns(tape_, z), batch, batch.inputs());
      sum += total(nll.data(), nll.size());
    }
    return sum / (static_cast<double>(batch.size()) * options_.samples);
  }

  /// The gradient of nll_weight NLL + kl_weight KL, meaned over samples.
  Numbers gradient(const Batch& batch, double nll_weight, double kl_weight, std::uint64_t step) {
    const auto size = static_cast<std::size_t>(shape_.size());
    Numbers sum{std::vector<float>(size), std::vector<float>(size)};
    const double count = static_cast<double>(batch.size()) * options_.samples;
    for (std::uint32_t s = 0; s < options_.samples; ++s) {
      const Scope scope(tape_);
      const Q q = leaves();
      const auto one = terms(q, batch, s, step);
      std::fill_n(one.nll.gradient_data(), one.nll.size(), static_cast<float>(nll_weight / count));
      std::fill_n(one.kl.gradient_data(), one.kl.size(), static_cast<float>(kl_weight / count));
      tape_.run_backward();
      const auto [mu, logvar] = parts_of(q);
      add(mu, sum.mu);
      add(logvar, sum.logvar);
    }
    return sum;
  }

  static void add(const Var<float, 2>& x, std::vector<float>& sum) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += x.gradient_data()[i];
  }

  void add_gradients(PosteriorProbe& probe, const Batch& batch) {
    const auto size = shape_.size();
    Numbers nll = gradient(batch, 1, 0, 1), kl = gradient(batch, 0, 1, 1);
    const auto norm = [](Numbers& numbers) {
      double squares = 0;
      numbers.for_each([&](const std::vector<float>& values) {
        for (const float x : values) squares += static_cast<double>(x) * static_cast<double>(x);
      });
      return std::sqrt(squares);
    };
    probe.nll_gradient = norm(nll);
    probe.kl_gradient = norm(kl);
    const double narrower = total(nll.logvar.data(), size), wider = -total(kl.logvar.data(), size);
    probe.kl_price = wider > 0 ? narrower / wider : 0;
  }

  /// Adam on NLL + max(KL, floor).
  void optimise(const Batch& batch, double floor) {
    constexpr float beta = 0.9F, beta_of_squares = 0.99F;
    const auto size = static_cast<std::size_t>(shape_.size());
    const std::vector<float> zeros(size);
    Numbers mean{zeros, zeros}, squares{zeros, zeros};
    for (std::uint32_t step = 1; step <= options_.steps; ++step) {
      const double price = rate(batch) > floor ? 1 : 0;
      const Numbers now = gradient(batch, 1, price, step + 1);
      const auto steps = static_cast<float>(step);
      const float scale = static_cast<float>(options_.learning_rate) *
                          std::sqrt(1 - std::pow(beta_of_squares, steps)) /
                          (1 - std::pow(beta, steps));
      const auto move = [&](const std::vector<float>& g, std::vector<float>& m,
                            std::vector<float>& v, std::vector<float>& x) {
        for (std::size_t i = 0; i < size; ++i) {
          m[i] += (1 - beta) * (g[i] - m[i]);
          v[i] += (1 - beta_of_squares) * (g[i] * g[i] - v[i]);
          x[i] -= scale * m[i] / (std::sqrt(v[i]) + 1e-8F);
        }
      };
      move(now.mu, mean.mu, squares.mu, posterior_.mu);
      move(now.logvar, mean.logvar, squares.logvar, posterior_.logvar);
    }
  }

  /// The mean KL of the posteriors at present, of one sample where it takes one.
  double rate(const Batch& batch) {
    const Scope scope(tape_);
    const Q q = leaves();
    const Draws draws(options_.seed, 0, Pass::diagnose);
    const auto z = network_.posterior().sample(tape_, q, draws, batch.rows(), options_.samples);
    const auto kl = network_.posterior().kl(tape_, q, z);
    return total(kl.data(), kl.size()) / static_cast<double>(batch.size());
  }

  const Network& network_;
  Tape<float>& tape_;
  PosteriorProbeOptions options_;
  Shape<2> shape_{};
  Numbers posterior_;
  SequencePlan plan_;  ///< of sequences of latents
};

inline void require_probe(const PosteriorProbeOptions& options) {
  // One sample more is drawn, for the rate.
  if (options.samples == 0 || options.samples >= Draws::samples) {
    detail::raise_error({"probe_posteriors: samples are ", options.samples,
                         ": there must be 1 at least and ", Draws::samples - 1, " at most"});
  }
  if (options.steps >= Draws::steps - 1) {
    detail::raise_error({"probe_posteriors: steps are ", options.steps, ": there can be ",
                         Draws::steps - 2, " at most"});
  }
}

}  // namespace detail

/// Probes the posteriors of a batch.
/// \throws Error for no samples, and for more samples or steps than draws can tell apart
template <class Network>
PosteriorProbe probe_posteriors(Probing<Network>& probing, const Batch& batch,
                                const PosteriorProbeOptions& options = {}) {
  detail::require_probe(options);
  PosteriorProbe probe;
  const auto& posterior = probing.network().posterior();
  using Family = detail::FamilyOf<Network>;
  bool is_found = false;
  if constexpr (GaussianFamily<Family> || GaussianPlaces<Family>) {
    is_found = GaussianPlaces<Family> || is_gaussian(posterior);
    if (is_found) probe = detail::GaussianProber(probing, options)(batch);
  }
  if (!is_found) probe.permutation_gap = detail::permutation_gap(probing, batch, options);
  probing.zero_gradients();
  return probe;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

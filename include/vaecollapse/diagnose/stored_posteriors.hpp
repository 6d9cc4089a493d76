// The posteriors of rows as any program may have stored them, with what its decoder makes of z.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/constants.hpp>
#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// What is not known is left empty. The first index of a shape is the contiguous one: a tensor
/// [N, S, Z] of PyTorch is copied as it lies. Where `places` is known, z is a sequence of at most T
/// places: mu and logvar are [Z x T x N], padded with anything, kl is [N] or [T x N], and there is
/// no z.
struct StoredPosteriors {
  Index rows = 0;
  Index latent = 0;                 ///< dimensions of z, or of a place of it
  Index samples = 0;                ///< of z, for each row
  Index steps = 0;                  ///< T, the most places of sequences
  std::vector<double> places{};     ///< of each row, where z is a sequence \shape [N]
  std::vector<double> mu{};         ///< \shape [Z x N]
  std::vector<double> logvar{};     ///< log of the variance \shape [Z x N]
  std::vector<double> z{};          ///< drawn from the posteriors \shape [Z x S x N]
  std::vector<double> log_q{};      ///< log q(z|x) of these draws \shape [S x N] \unit nats
  std::vector<double> log_prior{};  ///< log p(z) of these draws \shape [S x N] \unit nats
  /// log q(z_n | x_m) in row m of column n, z_n being the first draw of row n. \shape [N x N]
  std::vector<double> log_q_pairs{};
  std::vector<double> kl{};            ///< without a weight \shape [N] or [Z x N] \unit nats
  std::vector<double> nll{};           ///< \shape [N], or [S x N] of these draws \unit nats
  std::vector<double> nll_permuted{};  ///< with the z of another row \shape [N] \unit nats
  /// With the z of another row of as many places, the own where there is none. \shape [N]
  std::vector<double> nll_permuted_in_length{};
  std::vector<double> correct_permuted_in_length{};
  std::vector<double> kl_length{};         ///< -log p of the number of places \shape [N]
  std::vector<double> nll_prior{};         ///< with z from the prior \shape [N] \unit nats
  std::vector<double> correct{};           ///< 1 or 0 \shape [N]
  std::vector<double> correct_permuted{};  ///< with the z of another row \shape [N]

  /// Whether the posteriors are known as diagonal Gaussians.
  bool is_gaussian() const { return !mu.empty() && !logvar.empty(); }
  bool is_sequence() const { return !places.empty(); }
};

namespace detail {

/// \throws Error for arrays that do not fit the sizes, and for less than two rows
inline void check_sizes(const StoredPosteriors& stored) {
  const auto [rows, latent, samples] = std::array{stored.rows, stored.latent, stored.samples};
  const auto require = [](std::string_view name, const std::vector<double>& values, Index one,
                          Index other) {
    const auto size = static_cast<Index>(values.size());
    if (size == 0 || size == one || size == other) return;
    raise_error({"diagnose: ", name, " has ", size, " numbers, expected ", one});
  };
  if (rows < 2) raise_error({"diagnose: rows are ", rows, ": there must be two at least"});
  const auto require_one = [&](std::string_view name, const std::vector<double>& values,
                               Index size) { require(name, values, size, size); };
  const Index of_row = stored.is_sequence() ? latent * stored.steps : latent;
  require_one("places", stored.places, rows);
  require_one("mu", stored.mu, of_row * rows);
  require_one("logvar", stored.logvar, of_row * rows);
  require_one("z", stored.z, stored.is_sequence() ? 0 : latent * samples * rows);
  require_one("log_q", stored.log_q, samples * rows);
  require_one("log_prior", stored.log_prior, samples * rows);
  require_one("log_q_pairs", stored.log_q_pairs, rows * rows);
  require("kl", stored.kl, rows, (stored.is_sequence() ? stored.steps : latent) * rows);
  require_one("kl_length", stored.kl_length, rows);
  require("nll", stored.nll, rows, samples * rows);
  require_one("nll_permuted", stored.nll_permuted, rows);
  require_one("nll_permuted_in_length", stored.nll_permuted_in_length, rows);
  require_one("correct_permuted_in_length", stored.correct_permuted_in_length, rows);
  require_one("nll_prior", stored.nll_prior, rows);
  require_one("correct", stored.correct, rows);
  require_one("correct_permuted", stored.correct_permuted, rows);
}

/// \throws Error for a number of places that is none, or more than there are
inline void check_places(const StoredPosteriors& stored) {
  for (std::size_t row = 0; row < stored.places.size(); ++row) {
    const double places = stored.places[row];
    if (places >= 1 && places <= static_cast<double>(stored.steps) &&
        places == std::floor(places)) {
      continue;
    }
    raise_error({"diagnose: the places of row ", row, " are ", places,
                 ": they must be a whole number from 1 to ", stored.steps});
  }
}

/// The mean of every `size` numbers: [size x N] becomes [N].
inline std::vector<double> column_means(const std::vector<double>& values, Index rows) {
  std::vector<double> means(static_cast<std::size_t>(rows), 0.0);
  const std::size_t size = values.size() / means.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    means[i / size] += values[i] / static_cast<double>(size);
  }
  return means;
}

/// The sum of every `size` numbers: [size x N] becomes [N].
inline std::vector<double> row_sums(const std::vector<double>& values, Index rows) {
  std::vector<double> sums = column_means(values, rows);
  for (double& sum : sums) sum *= static_cast<double>(values.size() / sums.size());
  return sums;
}

/// Twice -log N(z; mu, exp(logvar)). \unit nats
inline double twice_surprisal(double z, double mu, double logvar) {
  return (z - mu) * (z - mu) * std::exp(-logvar) + logvar + log_2pi;
}

/// -log N(0, I) of each z. \shape z [Z x any number]
inline std::vector<double> standard_surprisals(const std::vector<double>& z, Index latent) {
  std::vector<double> all(z.size() / static_cast<std::size_t>(latent), 0.0);
  for (std::size_t i = 0; i < z.size(); ++i) {
    all[i / static_cast<std::size_t>(latent)] += twice_surprisal(z[i], 0, 0) / 2;
  }
  return all;
}

/// log q(z|x) of the stored draws of Gaussians. \shape [S x N]
inline std::vector<double> gaussian_log_q(const StoredPosteriors& stored) {
  const auto latent = static_cast<std::size_t>(stored.latent);
  const std::size_t of_row = latent * static_cast<std::size_t>(stored.samples);
  std::vector<double> all(stored.z.size() / latent, 0.0);
  for (std::size_t i = 0; i < stored.z.size(); ++i) {
    const std::size_t own = i / of_row * latent + i % latent;
    all[i / latent] -= twice_surprisal(stored.z[i], stored.mu[own], stored.logvar[own]) / 2;
  }
  return all;
}

/// What log_q and log_prior are, or would be: with mu, logvar and z those of Gaussians under
/// N(0, I), as far as the file does not say it.
struct DrawDensities {
  std::vector<double> log_q, log_prior;  ///< \shape [S x N]
  /// That the prior is N(0, I): by `log_prior` where it is stored with z, else for Gaussians.
  bool has_standard_prior = false;
};

/// Whether log_prior is that of N(0, I), as far as numbers of 16 bits show it.
inline bool is_standard(const std::vector<double>& log_prior,
                        const std::vector<double>& surprisals) {
  for (std::size_t i = 0; i < log_prior.size(); ++i) {
    if (std::abs(log_prior[i] + surprisals[i]) > 0.02 * (1 + surprisals[i])) return false;
  }
  return true;
}

inline DrawDensities draw_densities(const StoredPosteriors& stored) {
  DrawDensities found{stored.log_q, stored.log_prior, false};
  if (stored.z.empty()) {
    found.has_standard_prior = stored.is_gaussian() && stored.log_prior.empty();
    return found;
  }
  const std::vector<double> surprisals = standard_surprisals(stored.z, stored.latent);
  found.has_standard_prior =
      stored.log_prior.empty() ? stored.is_gaussian() : is_standard(stored.log_prior, surprisals);
  if (found.log_q.empty() && stored.is_gaussian()) found.log_q = gaussian_log_q(stored);
  if (found.log_prior.empty() && stored.is_gaussian()) {
    for (const double surprisal : surprisals) found.log_prior.push_back(-surprisal);
  }
  return found;
}

}  // namespace detail

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

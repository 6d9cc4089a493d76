// A posterior family whose latent is a sequence: a Gaussian for each place of the source, or for
// each of some slots, with a global vector z before them where it is wanted.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/gaussian.hpp>
#include <vaecollapse/autodiff/ops/gaussian_density.hpp>
#include <vaecollapse/autodiff/ops/places.hpp>
#include <vaecollapse/autodiff/ops/reductions.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/constants.hpp>
#include <vaecollapse/core/kl_rows.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/length_prior.hpp>
#include <vaecollapse/nn/linear.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The parameters of q(z|x): a Gaussian for each place of each row, those of the global z first.
/// \shape both [D x (g B + N)] on a plan of g + S_b places a row
template <class Scalar>
struct PlaceGaussians {
  Sequence<Scalar> means;
  Sequence<Scalar> logvars;
};

/// The sizes of a `PlacesHead`.
struct PlacesSizes {
  Index input;       ///< the rows of the code
  Index place;       ///< D, the dimensions of a place
  Index global = 0;  ///< N, the dimensions of the global z; 0: there is none
  /// Whether the number of places tells something of x, and so is paid for.
  bool counts_length = true;
  /// The longest length of training: a longer one has a probability too.
  Index longest = 64;
};

/// z = (z_1, ... z_S), a Gaussian of D dimensions for each place under the prior N(0, I), and with
/// a global z before them, which fills the first g = ceil(N / D) columns of a row from top to
/// bottom; what is left of the last of these is N(0, I) under posterior and prior, and nobody reads
/// it. The number of places S is a latent that q knows for certain: its KL, -log p(S), is the first
/// row of `kl`, and p(S) part of `log_prior`, unless the number is fixed. The code is a sequence
/// too: the code of the whole word, then one for each place. Linear heads; each logvar is kept
/// within the range of a `GaussianHead`. Parameters `name.mu.*` and `name.logvar.*`, those of
/// `name.global.mu.*` and `name.global.logvar.*`, and the statistic `name.lengths`.
/// \shape code [input x (B + N)] on a plan of 1 + S_b places a row
/// \cost 4 input place flops a place, 4 input global flops a row; a draw and one exp for each
/// element of z
/// \source Shu et al. 2020 (a sequence of latents and a length); Kingma & Welling 2014
class PlacesHead {
 public:
  template <class Scalar>
  using Latent = Sequence<Scalar>;
  template <class Scalar>
  using Code = Sequence<Scalar>;

  /// \throws Error for a place or a global z of no dimensions or of more than draws can tell apart,
  /// and for a longest length below 1
  PlacesHead(Layout& layout, const std::string& name, const PlacesSizes& sizes)
      : mu_(layout, name + ".mu", {sizes.input, drawable("a place", sizes.place)}),
        logvar_(layout, name + ".logvar", {sizes.input, sizes.place}) {
    if (sizes.global != 0) {
      global_ = Global{
          Linear(layout, name + ".global.mu", {sizes.input, drawable("global", sizes.global)}),
          Linear(layout, name + ".global.logvar", {sizes.input, sizes.global})};
    }
    if (sizes.counts_length) lengths_ = LengthPrior(layout, name + ".lengths", sizes.longest);
  }

  /// D, the rows of z.
  Index latent() const { return mu_.output(); }
  /// N, the dimensions of the global z.
  Index global() const { return global_ ? global_->mu.output() : 0; }
  /// g, the columns before a row's places.
  Index global_columns() const { return kernels::filled_columns(global(), latent()); }
  /// The first rows of the KL.
  KlRows kl_rows() const { return {.length = lengths_ ? 1 : 0, .global = global_columns()}; }
  /// p(S), where it is paid for.
  const std::optional<LengthPrior>& lengths() const& { return lengths_; }
  std::optional<LengthPrior> lengths() const&& { return lengths_; }

  template <Context C, class Scalar = typename C::scalar_type>
  PlaceGaussians<Scalar> head(C& cx, const Sequence<Scalar>& code) const {
    const auto own = places_from(cx, code, 1);
    const Sequence<Scalar> means = mu_(cx, own);
    const Sequence<Scalar> logvars{bounded(cx, logvar_(cx, own.columns)), own.plan};
    if (!global_) return {means, logvars};
    const auto word = leading_vector(cx, code, mu_.input());
    const auto all_means = prepend_vector(cx, global_->mu(cx, word), means);
    const auto all_logvars = prepend_vector(cx, bounded(cx, global_->logvar(cx, word)), logvars);
    return {all_means, {all_logvars.columns, all_means.plan}};
  }

  /// z = mu + exp(logvar / 2) noise; the noise is addressed by corpus row and place.
  template <Context C, class Scalar = typename C::scalar_type>
  Sequence<Scalar> sample(C& cx, const PlaceGaussians<Scalar>& q, const Draws& draws,
                          std::span<const std::uint32_t> rows, std::uint32_t number = 0) const {
    const auto& mu = q.means.columns;
    require_rows("PlacesHead: sample", rows, *q.means.plan);
    const View<Scalar> noise(cx.arena().template allocate<Scalar>(mu.size()), mu.rows(),
                             mu.columns());
    fill_noise({draws, Stream::latent, rows, number}, *q.means.plan, noise, cx.team());
    return {gaussian_sample(cx, mu, q.logvars.columns, View<const Scalar>(noise)), q.means.plan};
  }

  template <class Scalar>
  Sequence<Scalar> mean(const PlaceGaussians<Scalar>& q) const {
    return q.means;
  }

  /// The length's row, if it is paid for, then one for each column of a row, zero behind the last.
  /// \shape [(L + g + most places) x B] \unit nats
  /// \throws Error where the length is paid for and none were counted
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> kl(C& cx, const PlaceGaussians<Scalar>& q, const Sequence<Scalar>&) const {
    const SequencePlan& plan = *q.means.plan;
    const auto each = gaussian_kl(cx, q.means.columns, q.logvars.columns);
    std::span<Scalar> surprisals;
    if (lengths_) {
      surprisals = cx.arena().template span<Scalar>(plan.batch());
      for (Index row = 0; row < plan.batch(); ++row) {
        at(surprisals, row) = static_cast<Scalar>(-log_of_length(cx, plan, row));
      }
    }
    return table_of_places(cx, sum(cx, each, Axis::rows), plan,
                           std::span<const Scalar>(surprisals));
  }

  /// log q(z|x), that of a length which q knows for certain being 0. \shape -> [B] \unit nats
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 1> log_density(C& cx, const PlaceGaussians<Scalar>& q,
                             const Sequence<Scalar>& z) const {
    return sum_of_places(
        cx, gaussian_log_density(cx, q.means.columns, q.logvars.columns, z.columns), *z.plan);
  }
  /// The same in double. \shape out [B]
  template <class Scalar>
  void log_density(Workspace<Scalar>&, const PlaceGaussians<Scalar>& q, const Sequence<Scalar>& z,
                   std::span<double> out) const {
    for_rows(z, out, [&](Index d, Index column) {
      const auto logvar = static_cast<double>(q.logvars.columns.view()(d, column));
      const double away = static_cast<double>(z.columns.view()(d, column)) -
                          static_cast<double>(q.means.columns.view()(d, column));
      return away * away * std::exp(-logvar) + logvar;
    });
  }

  /// log p(z) + log p(S). \shape z [D x (g B + N)] -> [B] \unit nats
  /// \throws Error where the length is paid for and none were counted
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 1> log_prior(C& cx, const Sequence<Scalar>& z) const {
    const auto density = sum_of_places(cx, standard_normal_log_density(cx, z.columns), *z.plan);
    if (lengths_) {
      for (Index row = 0; row < density.size(); ++row) {
        density.data()[row] += static_cast<Scalar>(log_of_length(cx, *z.plan, row));
      }
    }
    return density;
  }
  /// The same in double. \shape out [B]
  template <class Scalar>
  void log_prior(Workspace<Scalar>& workspace, const Sequence<Scalar>& z,
                 std::span<double> out) const {
    for_rows(z, out, [&](Index d, Index column) {
      const auto value = static_cast<double>(z.columns.view()(d, column));
      return value * value;
    });
    for (Index row = 0; lengths_ && row < z.plan->batch(); ++row) {
      at(out, row) += log_of_length(workspace, *z.plan, row);
    }
  }

  /// z ~ p(z) for as many places as `out` has, which include those of the global z.
  template <class Scalar>
  void sample_prior(Workspace<Scalar>& workspace, const Draws& draws,
                    std::span<const std::uint32_t> rows, const Sequence<Scalar>& out) const {
    require_rows("PlacesHead: sample_prior", rows, *out.plan);
    fill_noise({draws, Stream::prior, rows, 0}, *out.plan, out.columns.value_view(),
               workspace.team());
  }

 private:
  /// The heads of the global z.
  struct Global {
    Linear mu, logvar;
  };
  /// What addresses the noise of a batch.
  struct Noise {
    const Draws& draws;
    Stream stream;
    std::span<const std::uint32_t> rows;
    std::uint32_t number;
  };

  static Index drawable(const char* what, Index dimensions) {
    if (dimensions >= 1 && dimensions <= Index{Draws::near_units}) return dimensions;
    detail::raise_error({"PlacesHead: the dimensions of ", what, " are ", dimensions,
                         ": there must be 1 at least, and there are draws for ", Draws::near_units,
                         " at most"});
  }

  static void require_rows(const char* op, std::span<const std::uint32_t> rows,
                           const SequencePlan& plan) {
    require_shapes(Index(rows.size()) == plan.batch(), op,
                   {{"corpus rows", Shape<1>{{Index(rows.size())}}},
                    {"rows of the plan", Shape<1>{{plan.batch()}}}},
                   "there must be a corpus row for each row");
  }

  template <Context C, class Scalar = typename C::scalar_type>
  static Var<Scalar, 2> bounded(C& cx, const Var<Scalar, 2>& logvar) {
    return soft_clamp(cx, logvar, GaussianHead::lowest_logvar, GaussianHead::highest_logvar);
  }

  template <class C>
  double log_of_length(C& cx, const SequencePlan& plan, Index row) const {
    return lengths_->log_probability(cx, plan.length(row) - global_columns());
  }

  /// Standard normal draws, addressed by corpus row, sample, place and dimension: a row's numbers
  /// are its own in any batch.
  template <class Scalar>
  static void fill_noise(const Noise& noise, const SequencePlan& plan, View<Scalar> out,
                         Team& team) {
    split_by(team, kernels::detail::row_grain(plan, out.rows), plan.batch(),
             [&](Index begin, Index count) {
               for (Index row = begin; row < begin + count; ++row) {
                 for (Index step = 0; step < plan.length(row); ++step) {
                   fill_place(noise, row, step, out.rows, out.column(plan.column(row, step)));
                 }
               }
             });
  }
  template <class Scalar>
  static void fill_place(const Noise& noise, Index row, Index step, Index size, Scalar* out) {
    std::array<PhiloxBlock, 16> blocks;
    constexpr Index most = 4 * Index(blocks.size());
    for (Index first = 0; first < size; first += most) {
      const Index count = std::min(most, size - first);
      const auto some = std::span(blocks).first(static_cast<std::size_t>((count + 3) / 4));
      noise.draws.fill(noise.stream, at(noise.rows, row), noise.number,
                       static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(first / 4),
                       some);
      for (Index i = 0; i < count; ++i) {
        out[first + i] = static_cast<Scalar>(normal(at(at(some, i / 4), i % 4)));
      }
    }
  }

  /// out = -(1/2) sum over a row's columns of (term + log 2 pi), in double.
  template <class Scalar, class Term>
  static void for_rows(const Sequence<Scalar>& z, std::span<double> out, Term&& term) {
    for (Index row = 0; row < z.plan->batch(); ++row) {
      double twice = 0;
      for (Index step = 0; step < z.plan->length(row); ++step) {
        for (Index d = 0; d < z.columns.rows(); ++d) {
          twice += term(d, z.plan->column(row, step)) + log_2pi;
        }
      }
      at(out, row) = -twice / 2;
    }
  }

  Linear mu_, logvar_;
  std::optional<Global> global_;
  std::optional<LengthPrior> lengths_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

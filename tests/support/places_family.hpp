// The smallest model whose latent is a sequence: a Gaussian for each symbol of the source under
// N(0, I), and a decoder that reads the mean over places.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/gaussian.hpp>
#include <vaecollapse/autodiff/ops/gaussian_density.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/model/decoder.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/linear.hpp>

namespace vaecollapse_test {

namespace vc = vaecollapse;

/// A code for each symbol of the source: its embedding.
class PlacesEncoder {
 public:
  PlacesEncoder(vc::Layout& layout, const std::string& name, vc::Index symbols, vc::Index width)
      : embedding_(layout, name + ".embedding", {symbols, width}), width_(width) {}

  vc::Index width() const { return width_; }
  template <vc::Context C>
  vc::Sequence<typename C::scalar_type> operator()(C& cx, const vc::Batch& batch) const {
    return vc::gather(cx, embedding_(cx, batch.source()));
  }

 private:
  vc::Embedding embedding_;
  vc::Index width_;
};

/// The mean over the places of each row, zero for a row without places.
/// \shape x [Z x places] -> [Z x B]
template <vc::Context C, class Scalar = typename C::scalar_type>
vc::Var<Scalar, 2> mean_of_places(C& cx, const vc::Sequence<Scalar>& x) {
  const vc::SequencePlan& plan = *x.plan;
  const auto columns = x.columns;
  const auto y = cx.template make<2>(vc::Shape<2>{{columns.rows(), plan.batch()}});
  for (vc::Index j = 0; j < plan.batch(); ++j) {
    for (vc::Index d = 0; d < y.rows(); ++d) {
      Scalar sum = 0;
      for (vc::Index t = 0; t < plan.length(j); ++t) sum += columns.view()(d, plan.column(j, t));
      y.value_view()(d, j) = plan.length(j) > 0 ? sum / static_cast<Scalar>(plan.length(j)) : 0;
    }
  }
  cx.template record<"mean_of_places">(y, [=, &plan](vc::BackwardContext&) {
    if (!columns.has_gradient()) return;
    for (vc::Index j = 0; j < plan.batch(); ++j) {
      for (vc::Index t = 0; t < plan.length(j); ++t) {
        for (vc::Index d = 0; d < y.rows(); ++d) {
          columns.gradient_view()(d, plan.column(j, t)) +=
              y.gradient_view()(d, j) / static_cast<Scalar>(plan.length(j));
        }
      }
    }
  });
  return y;
}

/// The sum over the dimensions of each place, zero behind the last place of a row.
/// \shape x [Z x places] -> [most places x B]
template <vc::Context C, class Scalar = typename C::scalar_type>
vc::Var<Scalar, 2> sums_at_places(C& cx, const vc::Sequence<Scalar>& x) {
  const vc::SequencePlan& plan = *x.plan;
  const auto columns = x.columns;
  const auto y = cx.template make<2>(vc::Shape<2>{{plan.steps(), plan.batch()}});
  for (vc::Index j = 0; j < plan.batch(); ++j) {
    for (vc::Index t = 0; t < plan.steps(); ++t) {
      y.value_view()(t, j) = 0;
      for (vc::Index d = 0; t < plan.length(j) && d < columns.rows(); ++d) {
        y.value_view()(t, j) += columns.view()(d, plan.column(j, t));
      }
    }
  }
  cx.template record<"sums_at_places">(y, [=, &plan](vc::BackwardContext&) {
    if (!columns.has_gradient()) return;
    for (vc::Index j = 0; j < plan.batch(); ++j) {
      for (vc::Index t = 0; t < plan.length(j); ++t) {
        for (vc::Index d = 0; d < columns.rows(); ++d) {
          columns.gradient_view()(d, plan.column(j, t)) += y.gradient_view()(t, j);
        }
      }
    }
  });
  return y;
}

/// The sum over the places of each row. \shape density [places] -> [B]
template <vc::Context C, class Scalar = typename C::scalar_type>
vc::Var<Scalar, 1> sum_of_places(C& cx, const vc::Var<Scalar, 1>& density,
                                 const vc::SequencePlan& plan) {
  const auto y = cx.template make<1>(vc::Shape<1>{{plan.batch()}});
  for (vc::Index j = 0; j < plan.batch(); ++j) {
    y.data()[j] = 0;
    for (vc::Index t = 0; t < plan.length(j); ++t) y.data()[j] += density.data()[plan.column(j, t)];
  }
  cx.template record<"sum_of_places">(y, [=, &plan](vc::BackwardContext&) {
    if (!density.has_gradient()) return;
    for (vc::Index j = 0; j < plan.batch(); ++j) {
      for (vc::Index t = 0; t < plan.length(j); ++t) {
        density.gradient_data()[plan.column(j, t)] += y.gradient_data()[j];
      }
    }
  });
  return y;
}

/// A Gaussian for each place.
template <class Scalar>
struct Places {
  vc::Sequence<Scalar> means, logvars;
};

class PlacesHead {
 public:
  template <class Scalar>
  using Latent = vc::Sequence<Scalar>;
  template <class Scalar>
  using Code = vc::Sequence<Scalar>;

  PlacesHead(vc::Layout& layout, const std::string& name, vc::Index input, vc::Index latent)
      : means_(layout, name + ".means", {input, latent}),
        logvars_(layout, name + ".logvars", {input, latent}) {}

  vc::Index latent() const { return means_.output(); }

  template <vc::Context C, class Scalar = typename C::scalar_type>
  Places<Scalar> head(C& cx, const vc::Sequence<Scalar>& code) const {
    return {means_(cx, code), logvars_(cx, code)};
  }
  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Sequence<Scalar> sample(C& cx, const Places<Scalar>& q, const vc::Draws& draws,
                              std::span<const std::uint32_t> rows, std::uint32_t number = 0) const {
    const vc::Sequence<Scalar> noise = draw(cx, vc::Stream::latent, q.means, draws, rows, number);
    return {vc::gaussian_sample(cx, q.means.columns, q.logvars.columns, noise.columns.view()),
            q.means.plan};
  }
  template <class Scalar>
  vc::Sequence<Scalar> mean(const Places<Scalar>& q) const {
    return q.means;
  }
  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 2> kl(C& cx, const Places<Scalar>& q, const vc::Sequence<Scalar>&) const {
    const auto each = vc::gaussian_kl(cx, q.means.columns, q.logvars.columns);
    return sums_at_places(cx, vc::Sequence<Scalar>{each, q.means.plan});
  }
  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 1> log_density(C& cx, const Places<Scalar>& q,
                                 const vc::Sequence<Scalar>& z) const {
    const auto each = vc::gaussian_log_density(cx, q.means.columns, q.logvars.columns, z.columns);
    return sum_of_places(cx, each, *z.plan);
  }
  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 1> log_prior(C& cx, const vc::Sequence<Scalar>& z) const {
    return sum_of_places(cx, vc::standard_normal_log_density(cx, z.columns), *z.plan);
  }
  template <class Scalar>
  void sample_prior(vc::Workspace<Scalar>&, const vc::Draws& draws,
                    std::span<const std::uint32_t> rows, const vc::Sequence<Scalar>& out) const {
    fill(vc::Stream::prior, draws, rows, 0, out);
  }

 private:
  template <vc::Context C, class Scalar = typename C::scalar_type>
  static vc::Sequence<Scalar> draw(C& cx, vc::Stream stream, const vc::Sequence<Scalar>& like,
                                   const vc::Draws& draws, std::span<const std::uint32_t> rows,
                                   std::uint32_t number) {
    const vc::Sequence<Scalar> noise{cx.template make<2>(like.columns.shape()), like.plan};
    fill(stream, draws, rows, number, noise);
    return noise;
  }
  /// Addressed by row, sample, place and dimension: a row's numbers are its own in any batch.
  template <class Scalar>
  static void fill(vc::Stream stream, const vc::Draws& draws, std::span<const std::uint32_t> rows,
                   std::uint32_t number, const vc::Sequence<Scalar>& out) {
    for (vc::Index j = 0; j < out.plan->batch(); ++j) {
      for (vc::Index t = 0; t < out.plan->length(j); ++t) {
        for (vc::Index d = 0; d < out.columns.rows(); ++d) {
          out.columns.value_view()(d, out.plan->column(j, t)) = static_cast<Scalar>(
              vc::normal(draws.word(stream, vc::at(rows, j), number, static_cast<std::uint32_t>(t),
                                    static_cast<std::uint32_t>(d))));
        }
      }
    }
  }

  vc::Linear means_, logvars_;
};

/// A GRU decoder of the mean over places.
class PlacesDecoder : public vc::GruDecoder {
 public:
  using vc::GruDecoder::GruDecoder;

  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 2> conditioning(C& cx, const vc::Sequence<Scalar>& z) const {
    return mean_of_places(cx, z);
  }
};

}  // namespace vaecollapse_test

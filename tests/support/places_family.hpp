// The smallest model whose latent is a sequence: a Gaussian for each symbol of the source under
// N(0, I), and a decoder that reads the mean over places.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include <vaecollapse/autodiff/ops/gaussian.hpp>
#include <vaecollapse/autodiff/ops/gaussian_density.hpp>
#include <vaecollapse/autodiff/ops/places.hpp>
#include <vaecollapse/autodiff/ops/reductions.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/model/ablated_parts.hpp>
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
    return vc::table_of_places(cx, vc::sum(cx, each, vc::Axis::rows), *q.means.plan);
  }
  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 1> log_density(C& cx, const Places<Scalar>& q,
                                 const vc::Sequence<Scalar>& z) const {
    const auto each = vc::gaussian_log_density(cx, q.means.columns, q.logvars.columns, z.columns);
    return vc::sum_of_places(cx, each, *z.plan);
  }
  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 1> log_prior(C& cx, const vc::Sequence<Scalar>& z) const {
    return vc::sum_of_places(cx, vc::standard_normal_log_density(cx, z.columns), *z.plan);
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

/// A GRU decoder of the mean over places, which is all that it takes of z.
class PlacesDecoder : public vc::GruDecoder {
 public:
  using vc::GruDecoder::GruDecoder;

  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 2> conditioning(C& cx, const vc::Sequence<Scalar>& z) const {
    const auto mean = vc::mean_of_places(cx, z);
    if (without_.mean) std::fill_n(mean.value_view().data, mean.size(), Scalar(0));
    return mean;
  }
  PlacesDecoder without(const vc::AblatedParts& parts) const {
    PlacesDecoder other = *this;
    other.without_ = parts;
    return other;
  }

 private:
  vc::AblatedParts without_;
};

}  // namespace vaecollapse_test

// expect: the importance-weighted NLL needs a posterior family with a prior of its own
#include <span>

#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/model/sequence_vae.hpp>
#include <vaecollapse/train/criterion.hpp>

namespace vc = vaecollapse;

/// A Gaussian that says nothing of its prior.
struct Family {
  vc::GaussianHead head_;

  vc::Index latent() const { return head_.latent(); }
  template <class C, class S = typename C::scalar_type>
  vc::Gaussian<S> head(C& cx, const vc::Var<S, 2>& code) const {
    return head_.head(cx, code);
  }
  template <class C, class S = typename C::scalar_type>
  vc::Var<S, 2> sample(C& cx, const vc::Gaussian<S>& q, const vc::Draws& draws,
                       std::span<const vc::Row> rows, std::uint32_t number = 0) const {
    return head_.sample(cx, q, draws, rows, number);
  }
  template <class C, class S = typename C::scalar_type>
  vc::Var<S, 2> kl(C& cx, const vc::Gaussian<S>& q, const vc::Var<S, 2>& z) const {
    return head_.kl(cx, q, z);
  }
  template <class C, class S = typename C::scalar_type>
  vc::Var<S, 1> log_density(C& cx, const vc::Gaussian<S>& q, const vc::Var<S, 2>& z) const {
    return head_.log_density(cx, q, z);
  }
  template <class S>
  vc::Var<S, 2> mean(const vc::Gaussian<S>& q) const {
    return q.mu;
  }
};
static_assert(vc::PosteriorFamily<Family>);

using Network = vc::SequenceVae<vc::BiGruEncoder, vc::GruDecoder, Family>;

vc::Score judge(vc::Evaluation<Network>& evaluation, const vc::Corpus& dev,
                vc::EpochReport& epoch) {
  return vc::DevImportanceWeightedNll().judge(evaluation, dev, epoch);
}

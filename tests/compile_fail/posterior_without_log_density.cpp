// expect: a posterior family needs `Var<Scalar, 1> log_density(cx, q, z) const`
#include <cstdint>
#include <span>

#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>

namespace vc = vaecollapse;

struct Family {
  vc::Index latent() const { return 1; }
  template <class C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 2> head(C&, const vc::Var<Scalar, 2>& code) const {
    return code;
  }
  template <class C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 2> sample(C&, const vc::Var<Scalar, 2>& q, const vc::Draws&,
                            std::span<const std::uint32_t>, std::uint32_t = 0) const {
    return q;
  }
  template <class C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 2> kl(C&, const vc::Var<Scalar, 2>& q, const vc::Var<Scalar, 2>&) const {
    return q;
  }
  template <class Scalar>
  vc::Var<Scalar, 2> mean(const vc::Var<Scalar, 2>& q) const {
    return q;
  }
};

using Model =
    vc::Seq2SeqVae<vc::BiGruEncoder, vc::GruDecoder, vc::Elbo, vc::NoDropout, Family>::Network;
void use(const Model& model, vc::Workspace<float>& workspace, const vc::Batch& batch) {
  model.infer(workspace, batch);
}

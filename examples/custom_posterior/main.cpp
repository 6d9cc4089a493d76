// A posterior family of one's own, in one's own namespace: a Gaussian of fixed width, so that the
// KL cannot fall below a floor, whatever the decoder does. Trains it, and diagnoses what was
// trained.
#include <cmath>
#include <cstdio>
#include <span>
#include <string>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/diagnose/diagnose.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/model/plain_decoder.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/train/trainer.hpp>

namespace vc = vaecollapse;

namespace mine {

/// q(z|x) = N(centre(x), w^2 I), w fixed. All that a family knows of a batch is in such a struct.
template <class Scalar>
struct FixedWidth {
  vc::Var<Scalar, 2> centre;     // [Z x B]
  vc::Var<Scalar, 2> log_width;  // [Z x B], log w^2 everywhere
};

class FixedWidthHead {
 public:
  FixedWidthHead(vc::Layout& layout, const std::string& name, vc::Index input, vc::Index latent)
      : centre_(layout, name + ".centre", {input, latent}) {}

  vc::Index latent() const { return centre_.output(); }

  template <vc::Context C, class Scalar = typename C::scalar_type>
  FixedWidth<Scalar> head(C& cx, const vc::Var<Scalar, 2>& code) const {
    const auto centre = centre_(cx, code);
    const auto log_width = cx.template make<2>(centre.shape());
    for (vc::Index i = 0; i < log_width.size(); ++i) log_width.data()[i] = log_squared_width;
    return {centre, log_width};
  }
  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 2> sample(C& cx, const FixedWidth<Scalar>& q, const vc::Draws& draws,
                            std::span<const std::uint32_t> rows, std::uint32_t number = 0) const {
    const vc::View<Scalar> noise(cx.arena().template allocate<Scalar>(q.centre.size()),
                                 q.centre.rows(), q.centre.columns());
    vc::fill_normal(draws, vc::Stream::latent, rows, number, noise);
    return vc::gaussian_sample(cx, q.centre, q.log_width, vc::View<const Scalar>(noise));
  }
  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 2> kl(C& cx, const FixedWidth<Scalar>& q, const vc::Var<Scalar, 2>&) const {
    return vc::gaussian_kl(cx, q.centre, q.log_width);
  }
  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 1> log_density(C& cx, const FixedWidth<Scalar>& q,
                                 const vc::Var<Scalar, 2>& z) const {
    return vc::gaussian_log_density(cx, q.centre, q.log_width, z);
  }
  template <class Scalar>
  vc::Var<Scalar, 2> mean(const FixedWidth<Scalar>& q) const {
    return q.centre;
  }

  /// The least KL of each example, where every centre is 0.
  double least_kl() const {
    const double s = log_squared_width;
    return static_cast<double>(latent()) * (std::exp(s) - 1 - s) / 2;
  }

 private:
  static constexpr float log_squared_width = -2;

  vc::Linear centre_;
};

}  // namespace mine

static_assert(vc::PosteriorFamily<mine::FixedWidthHead>);

namespace {

/// Words to be given back: two syllables each.
vc::Corpus syllables(const vc::Vocabulary& vocabulary) {
  vc::Corpus corpus;
  for (const char32_t* consonants = U"bdgkmn"; *consonants != 0; ++consonants) {
    for (const std::u32string rest : {U"ala", U"iki", U"omu", U"ena"}) {
      const std::vector<vc::Symbol> ids = vocabulary.encode(*consonants + rest);
      corpus.add(ids, ids);
    }
  }
  return corpus;
}

struct Quiet {
  void on_step(const vc::StepReport&) {}
  void on_epoch(const vc::EpochReport&) {}
};

}  // namespace

int main() {
  const auto vocabulary = vc::Vocabulary::of(std::vector<std::u32string>{U"bdgkmnalikomue"});
  const vc::Corpus corpus = syllables(vocabulary);

  vc::Layout layout;
  const vc::Index symbols = vocabulary.symbols();
  const vc::GruEncoder encoder(layout, "encoder", {symbols, 8, 24});
  const mine::FixedWidthHead posterior(layout, "posterior", encoder.width(), 8);
  const vc::PlainDecoder decoder(layout, "decoder",
                                 {.symbols = symbols, .embedding = 8, .hidden = 24, .latent = 8});
  const vc::SequenceVae network(encoder, posterior, decoder);

  vc::Parameters<float> parameters(layout, vc::Seed{1});
  vc::Team team(1);
  vc::Trainer trainer(vc::Seq2SeqVae(network, vc::Elbo(), vc::NoDropout()), parameters,
                      vc::Adam<float>(), corpus, corpus,
                      {.epochs = 60, .batch = 6, .learning_rate = 1e-2}, team);
  Quiet listener;
  trainer.fit(listener);

  vc::Evaluation evaluation(network, parameters, team);
  vc::Probing probing(network, parameters, team);
  const vc::Diagnosis found = vc::diagnose(evaluation, probing, corpus);
  std::printf("rate %.2f nats a word, at least %.2f\n", found.elbo.rate, posterior.least_kl());
  std::printf("the z of another word costs %.2f nats\n", found.permuted.nll_rise.value);
  for (const std::string& line : found.left_out) std::printf("%s\n", line.c_str());
}

// expect: a part of a trainer is a training step, a criterion, a plan
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/train/trainer.hpp>

namespace vc = vaecollapse;

struct NoPart {};

using Model = vc::Seq2SeqVae<vc::BiGruEncoder, vc::GruDecoder, vc::Elbo, vc::NoDropout>;
using Mistaken = vc::Trainer<Model, vc::Adam<float>, vc::Corpus, NoPart>;
static_assert(sizeof(Mistaken) > 0);

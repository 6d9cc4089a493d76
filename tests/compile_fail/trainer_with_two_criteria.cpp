// expect: a trainer takes one part of each kind at most
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/train/trainer.hpp>

namespace vc = vaecollapse;

using Model = vc::Seq2SeqVae<vc::BiGruEncoder, vc::GruDecoder, vc::Elbo, vc::NoDropout>;
using Mistaken = vc::Trainer<Model, vc::Adam<float>, vc::Corpus, vc::DevElbo, vc::DevAccuracy>;
static_assert(sizeof(Mistaken) > 0);

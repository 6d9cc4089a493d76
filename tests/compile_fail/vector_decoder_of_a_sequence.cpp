// expect: the latent of this posterior family is a sequence, and the decoder takes a vector
#include <vaecollapse/model/sequence_vae.hpp>

#include "../support/places_family.hpp"

namespace vc = vaecollapse;
using namespace vaecollapse_test;

void use(const vc::SequenceVae<PlacesEncoder, vc::GruDecoder, PlacesHead>& network,
         vc::Workspace<float>& workspace, const vc::Batch& batch) {
  network.terms(workspace, batch, vc::Draws(1, 2), batch.inputs());
}

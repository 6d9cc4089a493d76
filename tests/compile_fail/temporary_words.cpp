// expect: give the Words a name, and let them outlive the Scope
#include <vaecollapse/data/words.hpp>
#include <vaecollapse/nn/embedding.hpp>

namespace vc = vaecollapse;

auto embedded(vc::Tape<float>& tape, const vc::Embedding& embed) {
  return embed(tape, vc::Words::from({"evler", "kitap"}));
}

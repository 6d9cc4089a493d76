// expect: OwnSymbols: the steps of this decoder must take a tape too
#include <vaecollapse/compat/own_symbols.hpp>

namespace vc = vaecollapse;

struct OnWorkspacesOnly {
  vc::GruDecoder decoder;
  vc::Index symbols() const { return decoder.symbols(); }
  auto steps(vc::Workspace<float>& ws, const vc::Var<float, 2>& z, const vc::TagSets& tags) const {
    return decoder.steps(ws, z, tags);
  }
  vc::Sequence<float> operator()(vc::Tape<float>& tape, const vc::Var<float, 2>& z,
                                 const vc::TagSets& tags, const vc::Symbols& inputs) const {
    return decoder(tape, z, tags, inputs);
  }
};

void build(const OnWorkspacesOnly& decoder) { vc::compat::OwnSymbols own(decoder); }

// expect: OwnSymbols: the steps of this decoder must take a tape too
#include <vaecollapse/compat/own_symbols.hpp>

namespace vc = vaecollapse;

struct OnWorkspacesOnly {
  vc::GruDecoder decoder;
  vc::Index symbols() const { return decoder.symbols(); }
  auto steps(vc::Workspace<float>& ws, const vc::Conditions<float>& given) const {
    return decoder.steps(ws, given);
  }
  vc::Sequence<float> operator()(vc::Tape<float>& tape, const vc::Conditions<float>& given,
                                 const vc::Symbols& inputs) const {
    return decoder(tape, given, inputs);
  }
};

void build(const OnWorkspacesOnly& decoder) { vc::compat::OwnSymbols own(decoder); }

// The distributions that the parameters of a network of sentences are drawn from at first.
#pragma once

#include <cstddef>
#include <string>

#include <vaecollapse/core/layout.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::text {

/// \source `published`: the code of He et al. 2019, "Lagging Inference Networks and Posterior
/// Collapse in Variational Autoencoders", and of Li et al. 2019
enum class Initial {
  usual,     ///< each layer's own, which depends on its width
  published  ///< weights and biases uniform on (-.01, .01), embeddings on (-.1, .1)
};

/// Makes the parameters that are declared so far start so. What a layer does not draw from a
/// uniform distribution itself, such as gains and the components of a prior, stays as it is.
inline void set_initial(Layout& layout, Initial initial) {
  if (initial == Initial::usual) return;
  for (std::size_t i = 0; i < layout.entries().size(); ++i) {
    const Layout::Entry& entry = layout.entries()[i];
    if (entry.name.ends_with(".embedding.weight")) {
      layout.set_init(i, Init::uniform(0.1));
    } else if (entry.init.kind == Init::Kind::uniform) {
      layout.set_init(i, Init::uniform(0.01));
    }
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::text

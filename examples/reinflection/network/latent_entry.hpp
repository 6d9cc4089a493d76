// `--z-into`, as decoders take it.
#pragma once

#include <vaecollapse/model/decoder.hpp>

#include "settings.hpp"

namespace reinflection {

inline vaecollapse::LatentEntry latent_entry_of(const Settings& settings) {
  return {.h0 = kit::has_word(settings.z_into, "h0"),
          .inputs = kit::has_word(settings.z_into, "inputs"),
          .output = kit::has_word(settings.z_into, "output")};
}

}  // namespace reinflection

#include "text_vae/small_letters.hpp"

#if TEXT_VAE_HAS_UTF8PROC
#include <utf8proc.h>
#endif

namespace text_vae {

#if TEXT_VAE_HAS_UTF8PROC
bool knows_small_letters() { return true; }

char32_t small_letter(char32_t one) {
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(one)));
}
#else
bool knows_small_letters() { return false; }

char32_t small_letter(char32_t one) { return one; }
#endif

}  // namespace text_vae

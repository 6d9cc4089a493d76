// Small letters of capital ones, by Unicode's tables.
#pragma once

namespace text_vae {

/// Whether the program was built with these tables.
bool knows_small_letters();

/// The small letter of a capital one; any other character is itself.
char32_t small_letter(char32_t one);

}  // namespace text_vae

// expect: CharacterDropout<beta> needs a probability beta between 0 and 1
#include <vaecollapse/dropout/character.hpp>

vaecollapse::CharacterDropout<1.5> dropout;

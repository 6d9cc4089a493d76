// expect: FreeBits<K> needs a number of groups K of at least 1
#include <vaecollapse/objective/free_bits.hpp>

vaecollapse::FreeBits<-1> objective(60.0);

// expect: SoftFreeBits<rate> needs a rate of at least 0 nats per word
#include <vaecollapse/objective/soft_free_bits.hpp>

vaecollapse::SoftFreeBits<-60> objective;

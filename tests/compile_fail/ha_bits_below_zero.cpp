// expect: HaBits<floor> needs a floor of at least 0 nats
#include <vaecollapse/objective/ha_bits.hpp>

vaecollapse::HaBits<-0.2> objective;

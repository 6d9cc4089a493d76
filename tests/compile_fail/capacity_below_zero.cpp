// expect: Capacity<rate> needs a rate of at least 0 nats per word
#include <vaecollapse/objective/capacity.hpp>

vaecollapse::Capacity<-60> objective;

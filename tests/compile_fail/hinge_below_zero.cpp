// expect: Hinge<rate> needs a rate of at least 0 nats per word
#include <vaecollapse/objective/hinge.hpp>

vaecollapse::Hinge<-60> objective;

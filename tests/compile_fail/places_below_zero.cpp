// expect: Places<rate> needs a rate of at least 0 nats per place
#include <vaecollapse/objective/places.hpp>

vaecollapse::Places<-11> objective;

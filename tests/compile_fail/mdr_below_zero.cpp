// expect: MDR<rate> needs a rate of at least 0 nats per word
#include <vaecollapse/objective/mdr.hpp>

vaecollapse::MDR<-2.5> objective;

// expect: BetaVae<beta> needs a beta of at least 0
#include <vaecollapse/objective/elbo.hpp>

vaecollapse::BetaVae<-1> objective;

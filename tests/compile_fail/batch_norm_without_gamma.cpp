// expect: BatchNormMean<gamma> needs a gamma above 0 and at most 1000
#include <vaecollapse/latent/transform/batch_norm.hpp>

namespace vc = vaecollapse;

vc::BatchNormMean<0.0> transform;

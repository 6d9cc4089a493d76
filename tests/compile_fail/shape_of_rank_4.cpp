// expect: a tensor of this library has rank 0 to 3
#include <vaecollapse/core/shape.hpp>

vaecollapse::Shape<4> shape;

#include "probe.hpp"

odr::Result odr::avx2() { return compute(); }

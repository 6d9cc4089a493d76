#include "probe.hpp"

odr::Result odr::baseline() { return compute(); }

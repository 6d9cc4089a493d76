// expect: ContiguousDropout<beta, lambda> takes both numbers, or neither
#include <vaecollapse/dropout/contiguous.hpp>

vaecollapse::ContiguousDropout<0.1> dropout(0.1);

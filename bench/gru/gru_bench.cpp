// One GRU layer over a batch; see recurrent/rows.hpp.
#include <vaecollapse/nn/gru.hpp>

#include "gru/eigen_gru.hpp"
#include "gru/naive_gru.hpp"
#include "recurrent/rows.hpp"
#include "support/program.hpp"

namespace vaecollapse::bench {

// The naive twin is slow, and tells the same at every shape.
const char* const default_filter =
    "/(eigen|packed)/(T:20/B:(1|16|64|256)/I:64/H:(128|256|512)|T:(10|40)/B:64/I:64/H:256)$|"
    "/packed_2_threads/T:20/B:64/I:64/H:(128|256|512)/real_time$|"
    "/naive/T:20/B:16/I:64/H:128$";

namespace {

const bool registered = [] {
  add_rows<NaiveGru, EigenGru, Gru>("gru", kernels::gru_gates);
  return true;
}();

}  // namespace

}  // namespace vaecollapse::bench

// One LSTM layer over a batch; see recurrent/rows.hpp.
#include <vaecollapse/nn/lstm.hpp>

#include "lstm/eigen_lstm.hpp"
#include "lstm/naive_lstm.hpp"
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
  add_rows<NaiveLstm, EigenLstm, Lstm>("lstm", kernels::lstm_gates);
  return true;
}();

}  // namespace

}  // namespace vaecollapse::bench

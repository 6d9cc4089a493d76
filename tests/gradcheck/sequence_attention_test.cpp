#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/ops/sequence_attention.hpp>
#include <vaecollapse/nn/sequence_attention.hpp>

#include "support.hpp"

namespace sequence_attention_gradcheck {

using gradcheck_test::check;
using gradcheck_test::Index;
using gradcheck_test::Ragged;
using gradcheck_test::Tape;
namespace vc = vaecollapse;

/// Nine queries of rows in no order: some rows have several, one of them is empty, one has none.
const std::vector<Index> rows{4, 0, 1, 0, 2, 4, 1, 0, 4};
constexpr Index width = 3, values = 5;

struct Operands {
  vc::Layout layout;
  vc::Slot<2> queries = gradcheck_test::matrix(layout, "queries", width, Index(rows.size()));
  vc::Slot<2> keys = gradcheck_test::matrix(layout, "keys", width, Ragged::columns);
  vc::Slot<2> of_values = gradcheck_test::matrix(layout, "values", values, Ragged::columns);
};

}  // namespace sequence_attention_gradcheck

namespace of = sequence_attention_gradcheck;
namespace vc = vaecollapse;

TEST_CASE("gradcheck: dot attention, what is attended to and the weights") {
  const of::Ragged ragged;
  const of::Operands by;
  const auto attended = [&](of::Tape& tape) {
    return vc::dot_attention(tape, tape.parameter(by.queries), of::rows, tape.parameter(by.keys),
                             tape.parameter(by.of_values), ragged.plan);
  };
  of::check(by.layout, [&](of::Tape& tape) { return attended(tape).columns; });
  of::check(by.layout, [&](of::Tape& tape) { return attended(tape).weights; });
}

TEST_CASE("gradcheck: additive attention, what is attended to and the weights") {
  const of::Ragged ragged;
  of::Operands by;
  const auto score = gradcheck_test::vector(by.layout, "score", of::width);
  const auto attended = [&](of::Tape& tape) {
    return vc::additive_attention(tape, tape.parameter(by.queries), of::rows,
                                  tape.parameter(by.keys), tape.parameter(score),
                                  tape.parameter(by.of_values), ragged.plan);
  };
  of::check(by.layout, [&](of::Tape& tape) { return attended(tape).columns; });
  of::check(by.layout, [&](of::Tape& tape) { return attended(tape).weights; });
}

TEST_CASE("gradcheck: the layer, which attends to its own sequence") {
  const of::Ragged ragged;
  for (const auto score :
       {vc::SequenceAttention::Score::dot, vc::SequenceAttention::Score::additive}) {
    vc::Layout layout;
    const auto states = gradcheck_test::matrix(layout, "states", 4, of::Ragged::columns);
    const vc::SequenceAttention attention(layout, "attention", {4, 4, 3, 2}, score);
    of::check(layout, [&](of::Tape& tape) {
      const vc::Sequence<double> sequence{tape.parameter(states), &ragged.plan};
      return attention(tape, attention.memory(tape, sequence), sequence).columns;
    });
  }
}

// Attention to the positions of a ragged sequence, against PyTorch: its own attention with masked
// padding, and additive scores by autograd.
#include "reference/sequence_attention.hpp"

#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/nn/sequence_attention.hpp>

#include "reference/support.hpp"

namespace dot = vaecollapse::reference::dot_attention;
namespace additive = vaecollapse::reference::additive_attention;
namespace vc = vaecollapse;
using vc::Index;

namespace {

/// What both forms store.
struct StoredAttention {
  std::span<const int> lengths, query_lengths;
  std::span<const double> queries, memory, found, weights, d_found, d_weights, d_queries, d_memory;
};

std::vector<Index> lengths_of(std::span<const int> stored) {
  return {stored.begin(), stored.end()};
}

template <class Scalar>
void check_attention(const vc::SequenceAttention& attention,
                     reference_test::StoredParameters<Scalar>& parameters,
                     const StoredAttention& stored, Index memory_rows, Index query_rows) {
  const vc::SequencePlan plan(lengths_of(stored.lengths));
  const vc::SequencePlan query_plan(lengths_of(stored.query_lengths));
  vc::Tape<Scalar> tape(parameters.parameters());
  const vc::Scope scope(tape);
  const auto leaf = [&](std::span<const double> numbers, Index rows, Index columns) {
    const auto made = tape.template make<2>(vc::Shape<2>{{rows, columns}});
    reference_test::copy(numbers, made.data());
    return made;
  };
  const auto queries = leaf(stored.queries, query_rows, query_plan.columns());
  const auto states = leaf(stored.memory, memory_rows, plan.columns());
  const auto memory = attention.memory(tape, vc::Sequence<Scalar>{states, &plan});
  const auto found = attention(tape, memory, vc::Sequence<Scalar>{queries, &query_plan});
  reference_test::check_value(found.columns, stored.found);
  reference_test::check_value(found.weights, stored.weights);
  reference_test::copy(stored.d_found, found.columns.gradient_data());
  reference_test::copy(stored.d_weights, found.weights.gradient_data());
  tape.run_backward();
  reference_test::check_gradient(queries, stored.d_queries);
  reference_test::check_gradient(states, stored.d_memory);
  parameters.check_gradients();
}

}  // namespace

TEST_CASE_TEMPLATE("scaled dot-product attention is PyTorch's MultiheadAttention with one head",
                   Scalar, float, double) {
  vc::Layout layout;
  const vc::SequenceAttention attention(layout, "a",
                                        {dot::width, dot::input, dot::width, dot::width});
  reference_test::StoredParameters<Scalar> stored(layout);
  stored.set("a.query.weight", dot::query_weight, dot::d_query_weight);
  stored.set("a.query.bias", dot::query_bias, dot::d_query_bias);
  stored.set("a.key.weight", dot::key_weight, dot::d_key_weight);
  stored.set("a.key.bias", dot::key_bias, dot::d_key_bias);
  stored.set("a.value.weight", dot::value_weight, dot::d_value_weight);
  stored.set("a.value.bias", dot::value_bias, dot::d_value_bias);
  check_attention<Scalar>(
      attention, stored,
      {dot::lengths, dot::query_lengths, dot::queries, dot::memory, dot::found, dot::weights,
       dot::d_found, dot::d_weights, dot::d_queries, dot::d_memory},
      dot::input, dot::width);
}

TEST_CASE_TEMPLATE("additive attention is PyTorch's", Scalar, float, double) {
  vc::Layout layout;
  const vc::SequenceAttention attention(
      layout, "a", {additive::width, additive::input, additive::width, additive::width},
      vc::SequenceAttention::Score::additive);
  reference_test::StoredParameters<Scalar> stored(layout);
  stored.set("a.query.weight", additive::query_weight, additive::d_query_weight);
  stored.set("a.query.bias", additive::query_bias, additive::d_query_bias);
  stored.set("a.key.weight", additive::key_weight, additive::d_key_weight);
  stored.set("a.key.bias", additive::key_bias, additive::d_key_bias);
  stored.set("a.value.weight", additive::value_weight, additive::d_value_weight);
  stored.set("a.value.bias", additive::value_bias, additive::d_value_bias);
  stored.set("a.score.weight", additive::score_weight, additive::d_score_weight);
  check_attention<Scalar>(attention, stored,
                          {additive::lengths, additive::query_lengths, additive::queries,
                           additive::memory, additive::found, additive::weights, additive::d_found,
                           additive::d_weights, additive::d_queries, additive::d_memory},
                          additive::input, additive::width);
}

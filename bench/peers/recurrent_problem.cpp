// The numbers of a recurrent layer's task, and what contenders must agree on.
#include <cmath>
#include <random>
#include <utility>

#include "peers/contender.hpp"

namespace vaecollapse::bench {
namespace {

std::vector<float> draw(std::mt19937& generator, std::int64_t count, float scale) {
  std::normal_distribution<float> normal(0, scale);
  std::vector<float> numbers(static_cast<std::size_t>(count));
  for (float& number : numbers) number = normal(generator);
  return numbers;
}

}  // namespace

std::string to_string(const PeerShape& shape) {
  return std::to_string(shape.steps) + ',' + std::to_string(shape.batch) + ',' +
         std::to_string(shape.input) + ',' + std::to_string(shape.hidden);
}

std::string to_string(PeerCell cell) { return cell == PeerCell::lstm ? "lstm" : "gru"; }

std::string to_string(Mode mode) {
  switch (mode) {
    case Mode::forward:
      return "forward";
    case Mode::forward_backward:
      return "forward_backward";
    case Mode::inference:
      return "inference";
    case Mode::train_step:
      return "train_step";
    case Mode::text_step:
      return "text_step";
    case Mode::output_layer:
      return "output_layer";
  }
  return {};
}

RecurrentProblem make_recurrent_problem(PeerCell cell, const PeerShape& shape) {
  const auto [steps, batch, input, hidden] = shape;
  std::mt19937 generator(20240229);
  // The spread of PyTorch's start, so that gates are neither dead nor saturated.
  const float scale = 1 / std::sqrt(3 * static_cast<float>(hidden));
  RecurrentProblem problem;
  problem.cell = cell;
  problem.shape = shape;
  const std::int64_t gates = problem.gates() * hidden;
  problem.input_weights = draw(generator, gates * input, scale);
  problem.recurrent_weights = draw(generator, gates * hidden, scale);
  problem.input_bias = draw(generator, gates, scale);
  problem.recurrent_bias = draw(generator, gates, scale);
  problem.x = draw(generator, steps * batch * input, 1);
  problem.h0 = draw(generator, batch * hidden, 0.5F);
  problem.dstates = draw(generator, steps * batch * hidden, 1);
  if (cell == PeerCell::lstm) problem.c0 = draw(generator, batch * hidden, 0.5F);
  return problem;
}

std::vector<Agreed> RecurrentOutputs::agreed() && {
  std::vector<Agreed> all;
  const auto add = [&all](const char* name, std::vector<float>& values, double tolerance) {
    if (!values.empty()) all.push_back({name, std::move(values), tolerance});
  };
  add("states", states, value_tolerance);
  add("gradient of x", dx, value_tolerance);
  add("gradient of h_0", dh0, value_tolerance);
  add("gradient of c_0", dc0, value_tolerance);
  add("gradient of the input weights", dinput_weights, weight_tolerance);
  add("gradient of the recurrent weights", drecurrent_weights, weight_tolerance);
  add("gradient of the input bias", dinput_bias, weight_tolerance);
  add("gradient of the recurrent bias", drecurrent_bias, weight_tolerance);
  return all;
}

}  // namespace vaecollapse::bench

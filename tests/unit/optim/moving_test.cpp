// Optimisers whose steps move a part of the parameters: the rest is as it was, and a part that
// joins later is as if it were alone.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/optim/adadelta.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/optim/adamw.hpp>
#include <vaecollapse/optim/any.hpp>
#include <vaecollapse/optim/clip.hpp>
#include <vaecollapse/optim/sgd.hpp>

namespace vc = vaecollapse;

namespace {

using Numbers = std::vector<float>;

constexpr vc::Index wide = 5000, narrow = 37;  // more than one thread's tile, and no whole vectors

/// Parts of odd sizes, so that none begins on a vector.
vc::Layout layout_of(const std::vector<std::string>& names) {
  vc::Layout layout;
  for (const std::string& name : names) {
    const vc::Index size = name == "decoder.weight" ? wide : narrow;
    layout.add(name, vc::Shape<1>{{size}}, vc::Init::uniform(1));
  }
  return layout;
}
vc::Layout whole() {
  return layout_of({"encoder.a", "decoder.weight", "encoder.b", "decoder.bias"});
}

/// Parameters whose values and gradients are known by name, so that a layout of some of the names
/// has the same.
vc::Parameters<float> known(const vc::Layout& layout) {
  vc::Parameters<float> parameters(layout);
  for (const auto& entry : layout.entries()) {
    float value = static_cast<float>(entry.name.size());
    for (float& number : parameters.values(entry)) number = value += 0.25f;
  }
  return parameters;
}

void set_gradients(vc::Parameters<float>& parameters, int step,
                   const vc::ParameterRange* moving = nullptr) {
  for (std::size_t i = 0; i < parameters.layout().entries().size(); ++i) {
    if (moving != nullptr && !moving->contains(i)) continue;
    const auto& entry = parameters.layout().entries()[i];
    for (vc::Index n = 0; n < entry.shape.size(); ++n) {
      parameters.gradients()[static_cast<std::size_t>(entry.offset + n)] =
          static_cast<float>((n * 7 + step * 5 + static_cast<int>(entry.name.size())) % 23 - 11);
    }
  }
}

Numbers values(const vc::Parameters<float>& parameters, const std::vector<std::string>& names) {
  Numbers all;
  for (const std::string& name : names) {
    const auto found = parameters.values(*parameters.layout().find(name));
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}

bool is_zero(std::span<const float> numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](float x) { return x == 0; });
}

const std::vector<std::string> encoder{"encoder.a", "encoder.b"};
const std::vector<std::string> decoder{"decoder.weight", "decoder.bias"};

template <class Optimiser>
Optimiser made() {
  return Optimiser();
}
template <>
vc::Sgd<float> made() {
  return vc::Sgd({.momentum = 0.9, .nesterov = true});
}
template <>
vc::AdamW<float> made() {
  return vc::AdamW({.weight_decay = 0.5});
}

}  // namespace

#define OPTIMISERS vc::Adam<float>, vc::AdamW<float>, vc::Sgd<float>, vc::Adadelta<float>

TEST_CASE_TEMPLATE("what is frozen stays, and what moves does not know of it", Optimiser,
                   OPTIMISERS) {
  for (const int threads : {1, 2, 3}) {
    vc::Team team(threads);
    auto all = known(whole()), alone = known(layout_of(encoder));
    const vc::ParameterRange moving(all.layout(), {"encoder"});
    auto optimiser = made<Optimiser>(), twin = made<Optimiser>();
    const Numbers before = values(all, decoder);
    for (int step = 0; step < 4; ++step) {
      set_gradients(all, step, &moving);
      set_gradients(alone, step);
      optimiser.step(all, {.gradient_scale = 0.5, .team = &team, .moving = &moving});
      twin.step(alone, {.gradient_scale = 0.5});
      CHECK(values(all, encoder) == values(alone, encoder));
    }
    CHECK(values(all, decoder) == before);
    CHECK(is_zero(std::as_const(all).gradients()));
  }
}

TEST_CASE_TEMPLATE("a range that joins later makes its first steps as a fresh optimiser does",
                   Optimiser, OPTIMISERS) {
  for (const int threads : {1, 3}) {
    vc::Team team(threads);
    auto all = known(whole()), first = known(layout_of(encoder)), later = known(layout_of(decoder));
    const vc::ParameterRange moving(all.layout(), {"encoder"});
    auto optimiser = made<Optimiser>(), of_first = made<Optimiser>(), of_later = made<Optimiser>();
    for (int step = 0; step < 7; ++step) {
      const bool all_move = step >= 3;
      set_gradients(all, step, all_move ? nullptr : &moving);
      set_gradients(first, step);
      optimiser.step(all, {.team = &team, .moving = all_move ? nullptr : &moving});
      of_first.step(first);
      if (all_move) {
        set_gradients(later, step);
        of_later.step(later);
      }
    }
    CHECK(values(all, encoder) == values(first, encoder));
    CHECK(values(all, decoder) == values(later, decoder));
  }
}

TEST_CASE_TEMPLATE("gradients of frozen parameters, of a tape that knows no range, are dropped",
                   Optimiser, OPTIMISERS) {
  auto all = known(whole());
  const vc::ParameterRange moving(all.layout(), {"encoder.b"});
  set_gradients(all, 1);
  auto optimiser = made<Optimiser>();
  optimiser.step(all, {.moving = &moving});
  CHECK(is_zero(std::as_const(all).gradients()));
  CHECK(values(all, {"encoder.a"}) == values(known(whole()), {"encoder.a"}));
}

TEST_CASE_TEMPLATE("a range whose state is reset goes on as a fresh optimiser does", Optimiser,
                   OPTIMISERS, vc::AnyOptimiser<float>) {
  const auto fresh = [] {
    if constexpr (std::is_same_v<Optimiser, vc::AnyOptimiser<float>>) {
      return vc::AnyOptimiser<float>(vc::Adam<float>());
    } else {
      return made<Optimiser>();
    }
  };
  auto all = known(whole()), straight = known(layout_of(encoder));
  const vc::ParameterRange anew(all.layout(), {"decoder"});
  auto optimiser = fresh(), of_encoder = fresh(), of_decoder = fresh();
  optimiser.reset(anew);  // nothing yet
  for (int step = 0; step < 3; ++step) {
    set_gradients(all, step);
    set_gradients(straight, step);
    optimiser.step(all);
    of_encoder.step(straight);
  }
  optimiser.reset(anew);
  auto restarted = known(layout_of(decoder));
  for (const std::string& name : decoder) {
    const auto from = std::as_const(all).values(*all.layout().find(name));
    std::copy(from.begin(), from.end(), restarted.values(*restarted.layout().find(name)).begin());
  }
  for (int step = 3; step < 6; ++step) {
    set_gradients(all, step);
    set_gradients(straight, step);
    set_gradients(restarted, step);
    optimiser.step(all);
    of_encoder.step(straight);
    of_decoder.step(restarted);
  }
  CHECK(values(all, encoder) == values(straight, encoder));
  CHECK(values(all, decoder) == values(restarted, decoder));
}

TEST_CASE_TEMPLATE("a range of other parameters is refused, and nothing is done", Optimiser,
                   OPTIMISERS) {
  auto all = known(whole());
  const vc::Layout another = layout_of(decoder);
  const vc::ParameterRange range(another, {"decoder"});
  auto optimiser = made<Optimiser>();
  optimiser.step(all);
  set_gradients(all, 1);
  const Numbers before = values(all, encoder);
  CHECK_THROWS_AS(optimiser.step(all, {.moving = &range}), vc::Error);
  CHECK(values(all, encoder) == before);
  CHECK_THROWS_AS(optimiser.reset(range), vc::Error);
}

TEST_CASE("Adam: the state of a run in which all moves has no further names") {
  struct Names final : vc::Visitor {
    std::vector<std::string> seen{};
    double missed = 0;
    void operator()(std::string_view name, std::uint64_t&) override { seen.emplace_back(name); }
    void operator()(std::string_view name, double&) override { seen.emplace_back(name); }
    void operator()(std::string_view name, std::span<float>) override { seen.emplace_back(name); }
    void operator()(std::string_view, std::span<double>) override {}
    void optional(std::string_view, std::span<double> values) override {
      for (const double value : values) missed += value;
    }
  };
  auto all = known(whole());
  vc::Adam adam;
  adam.step(all);
  Names names;
  adam.visit(names);
  CHECK(names.seen == std::vector<std::string>{"steps", "first_moment", "second_moment"});
  CHECK(names.missed == 0);
  const vc::ParameterRange moving(all.layout(), {"encoder"});
  adam.step(all, {.moving = &moving});
  adam.visit(names);
  CHECK(names.missed == 2);
}

TEST_CASE("clip_by_norm: by what moves alone, on any number of threads") {
  auto all = known(whole());
  const vc::ParameterRange moving(all.layout(), {"encoder"});
  set_gradients(all, 2);
  double squares = 0;
  for (const std::string& name : encoder) {
    const auto& entry = *all.layout().find(name);
    for (vc::Index n = 0; n < entry.shape.size(); ++n) {
      const double gradient = all.gradients()[static_cast<std::size_t>(entry.offset + n)];
      squares += gradient * gradient;
    }
  }
  const vc::Clipped clipped = vc::clip_by_norm(all, 1, nullptr, &moving);
  CHECK(clipped.norm * clipped.norm == doctest::Approx(squares));
  CHECK(clipped.scale == doctest::Approx(1 / clipped.norm));
  CHECK(vc::clip_by_norm(all, 1).norm > 2 * clipped.norm);
  for (const int threads : {1, 2, 3}) {
    vc::Team team(threads);
    CHECK(vc::clip_by_norm(all, 1, &team, &moving).norm == clipped.norm);
  }
  const vc::Layout another = layout_of(decoder);
  const vc::ParameterRange other(another, {"decoder"});
  CHECK_THROWS_AS(vc::clip_by_norm(all, 1, nullptr, &other), vc::Error);
}

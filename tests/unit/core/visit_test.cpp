#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/visit.hpp>

namespace vc = vaecollapse;

namespace {

struct Inner {
  double number = 2.5;
  std::vector<float> buffer{1, 2};
  void visit(vc::Visitor& visitor) {
    visitor("number", number);
    visitor("buffer", std::span<float>(buffer));
  }
};

struct Outer {
  std::uint64_t step = 3;
  Inner inner;
  std::vector<double> wide{4, 5, 6};
  struct Stateless {
  } stateless;
  void visit(vc::Visitor& visitor) {
    visitor("step", step);
    vc::visit_state("inner", inner, visitor);
    vc::visit_state("stateless", stateless, visitor);
    visitor("wide", std::span<double>(wide));
  }
};

/// Writes down what it is shown, and doubles it.
struct Doubler final : vc::Visitor {
  void operator()(std::string_view name, std::uint64_t& value) override { note(name, value *= 2); }
  void operator()(std::string_view name, double& value) override { note(name, value *= 2); }
  void operator()(std::string_view name, std::span<float> values) override { each(name, values); }
  void operator()(std::string_view name, std::span<double> values) override { each(name, values); }

  template <class T>
  void each(std::string_view name, std::span<T> values) {
    for (T& value : values) note(name, value *= 2);
  }
  template <class T>
  void note(std::string_view name, T value) {
    text += std::string(name) + "=" + std::to_string(static_cast<int>(value)) + ";";
  }
  std::string text;
};

}  // namespace

static_assert(vc::Visitable<Inner> && vc::Visitable<Outer>);
static_assert(!vc::Visitable<Outer::Stateless> && !vc::Visitable<int>);

TEST_CASE("visit: names are prefixed, every leaf type is read and written") {
  Outer outer;
  Doubler doubler;
  vc::visit_state("model", outer, doubler);
  CHECK(doubler.text ==
        "model.step=6;model.inner.number=5;model.inner.buffer=2;model.inner.buffer=4;"
        "model.wide=8;model.wide=10;model.wide=12;");
  CHECK(outer.step == 6);
  CHECK(outer.inner.number == 5.0);
  CHECK(outer.inner.buffer == std::vector<float>{2, 4});
  CHECK(outer.wide == std::vector<double>{8, 10, 12});
}

// Making a range anew: draws of their own, and nothing outside of the range.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/range.hpp>

namespace vc = vaecollapse;

namespace {

vc::Layout layout_of_two() {
  vc::Layout layout;
  layout.add("encoder.weight", vc::Shape<1>{{1000}}, vc::Init::uniform(0.5));
  layout.add("decoder.weight", vc::Shape<1>{{1000}}, vc::Init::normal(2));
  layout.add("decoder.bias", vc::Shape<1>{{3}}, vc::Init::zeros());
  layout.add_statistic("decoder.variance", vc::Shape<1>{{3}}, 1);
  return layout;
}

std::vector<double> values(const vc::Parameters<double>& parameters, const char* name) {
  const auto found = parameters.values(*parameters.layout().find(name));
  return {found.begin(), found.end()};
}

vc::Parameters<double> redrawn(std::uint64_t update, std::uint64_t seed = 7) {
  vc::Parameters<double> parameters(layout_of_two(), vc::Seed{7});
  for (double& value : parameters.values()) value += 10;
  parameters.redraw(vc::ParameterRange(parameters.layout(), {"decoder"}), vc::Seed{seed}, update);
  return parameters;
}

}  // namespace

TEST_CASE("redraw: only the range is made anew, all of it, by its Init") {
  const vc::Parameters<double> first(layout_of_two(), vc::Seed{7});
  const vc::Parameters<double> again = redrawn(12);
  std::vector<double> encoder = values(first, "encoder.weight");
  for (double& value : encoder) value += 10;
  CHECK(values(again, "encoder.weight") == encoder);
  CHECK(values(again, "decoder.bias") == std::vector<double>{0, 0, 0});
  CHECK(values(again, "decoder.variance") == std::vector<double>{1, 1, 1});
  double sum = 0, squares = 0;
  for (const double value : values(again, "decoder.weight")) {
    sum += value;
    squares += value * value;
  }
  // 1000 draws of N(0, 4): the mean's deviation is 0.06, that of the mean square 0.18. The draws
  // are fixed by the seed.
  CHECK(sum / 1000 == doctest::Approx(0).epsilon(0.2));
  CHECK(squares / 1000 == doctest::Approx(4).epsilon(0.1));
}

TEST_CASE("redraw: updates have draws of their own, which are not the first") {
  const auto first = values(vc::Parameters<double>(layout_of_two(), vc::Seed{7}), "decoder.weight");
  const std::vector<std::uint64_t> updates{0, 1, 2, 1000, vc::Draws::steps - 2};
  std::vector<std::vector<double>> seen{first};
  for (const std::uint64_t update : updates) {
    const auto now = values(redrawn(update), "decoder.weight");
    CHECK(values(redrawn(update), "decoder.weight") == now);
    CHECK(values(redrawn(update, 8), "decoder.weight") != now);
    for (const auto& before : seen) {
      // Numbers of 32 bits: among 1000 pairs, two are equal once in 4 million runs of other seeds.
      for (std::size_t i = 0; i < now.size(); ++i) CHECK(now[i] != before[i]);
    }
    seen.push_back(now);
  }
}

TEST_CASE("redraw: values that are read through a workspace are known to have changed") {
  vc::Parameters<double> parameters(layout_of_two(), vc::Seed{7});
  const auto version = parameters.version();
  parameters.redraw(vc::ParameterRange(parameters.layout(), {"decoder"}), vc::Seed{7}, 0);
  CHECK(parameters.version() != version);
}

TEST_CASE("redraw: what the draws cannot tell apart is refused, and another layout's range") {
  for (const std::uint64_t update : {vc::Draws::steps - 1, ~std::uint64_t{0}}) {
    CHECK_THROWS_WITH_AS(
        redrawn(update),
        ("redraw: update is " + std::to_string(update) + ": it must be below 1073741823").c_str(),
        vc::Error);
  }
  vc::Layout other;
  other.add("decoder", vc::Shape<1>{{3}}, vc::Init::zeros());
  vc::Parameters<double> parameters(layout_of_two(), vc::Seed{7});
  CHECK_THROWS_AS(parameters.redraw(vc::ParameterRange(other, {"decoder"}), vc::Seed{7}, 0),
                  vc::Error);
}

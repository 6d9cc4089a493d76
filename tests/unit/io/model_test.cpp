#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/io/model.hpp>

#include "changed_files.hpp"
#include "temporary_folder.hpp"

namespace fs = std::filesystem;
namespace vc = vaecollapse;
using vc::test::error_of;
using vc::test::floats;
using vc::test::TemporaryFolder;
using vc::test::with;

namespace {

vc::Layout layout() {
  vc::Layout result;
  result.add("weight", vc::Shape<2>{{2, 3}}, vc::Init::zeros());
  result.add("bias", vc::Shape<1>{{3}}, vc::Init::zeros());
  return result;
}

vc::Parameters<float> numbered() {
  vc::Parameters<float> parameters(layout());
  float next = 1;
  for (float& value : parameters.values()) value = next++;
  return parameters;
}

}  // namespace

TEST_CASE("a model is saved by name, a matrix with its extents turned round") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "model.safetensors";
  vc::save_parameters(path, numbered(), {{"language", "tr"}});

  const vc::Safetensors content = vc::read_safetensors(path);
  CHECK(content.metadata.at("language") == "tr");
  REQUIRE(content.find("weight") != nullptr);
  CHECK(*content.find("weight") == floats("weight", {3, 2}, {1, 2, 3, 4, 5, 6}));
  CHECK(*content.find("bias") == floats("bias", {3}, {7, 8, 9}));

  vc::Parameters<float> loaded(layout());
  vc::load_parameters("f", content, loaded);
  CHECK(std::vector<float>(loaded.values().begin(), loaded.values().end()) ==
        std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("running statistics are in the file as parameters are") {
  vc::Layout with_statistics = layout();
  with_statistics.add_statistic("norm.variance", vc::Shape<1>{{2}}, 1);
  vc::Parameters<float> saved(with_statistics, vc::Seed{1});
  saved.values()[10] = 3;
  const vc::Safetensors content = vc::model_content(saved);
  REQUIRE(content.find("norm.variance") != nullptr);
  CHECK(*content.find("norm.variance") == floats("norm.variance", {2}, {1, 3}));
  vc::Parameters<double> loaded(with_statistics);
  vc::load_parameters("f", content, loaded);
  CHECK(loaded.values()[9] == 1);
  CHECK(loaded.values()[10] == 3);
  vc::Parameters<float> without(layout());
  CHECK(error_of([&] { vc::load_parameters("f", content, without); }) ==
        "f: found tensor \"norm.variance\", expected only what the model has");
}

TEST_CASE("weights from another tool are taken if they fit") {
  vc::Parameters<float> loaded(layout());
  vc::load_parameters(
      "f", {{}, {floats("bias", {3}, {7, 8, 9}), floats("weight", {3, 2}, {1, 2, 3, 4, 5, 6})}},
      loaded);
  CHECK(loaded.values()[5] == 6);
  CHECK(loaded.values()[8] == 9);
}

TEST_CASE("a model that does not fit is refused, and the parameters stay as they were") {
  const TemporaryFolder folder;
  vc::save_parameters(folder.path() / "m", numbered());
  const vc::Safetensors good = vc::read_safetensors(folder.path() / "m");
  const auto load_error = [](const vc::Safetensors& content) {
    vc::Parameters<float> parameters(layout());
    std::string error = error_of([&] { vc::load_parameters("m", content, parameters); });
    for (const float value : parameters.values()) CHECK(value == 0);
    return error;
  };

  CHECK(load_error(with(good, floats("weight", {2, 3}, {1, 2, 3, 4, 5, 6}))) ==
        "m: found tensor \"weight\" to be F32 [2, 3], expected F32 [3, 2]");
  CHECK(load_error(with(good, floats("bias", {2}, {1, 2}))) ==
        "m: found tensor \"bias\" to be F32 [2], expected F32 [3]");
  CHECK(load_error(with(good, floats("more", {1}, {1}))) ==
        "m: found tensor \"more\", expected only what the model has");
  vc::Safetensors missing = good;
  std::erase_if(missing.tensors, [](const vc::Tensor& each) { return each.name == "weight"; });
  CHECK(load_error(missing) == "m: found no tensor \"weight\", expected one of F32 [3, 2]");
  vc::Safetensors checkpoint = good;
  checkpoint.metadata["vaecollapse_kind"] = "checkpoint";
  CHECK(load_error(checkpoint) ==
        "m: found the kind \"checkpoint\", expected a model of vaecollapse");

  const std::vector<double> wide{7, 8, 9};
  CHECK(load_error(with(good, vc::make_tensor<double>("bias", {3}, wide))) ==
        "m: found tensor \"bias\" to be F64 [3], expected F32 [3]");
  vc::Safetensors quantised = missing;
  quantised.skipped.push_back({"weight", "F8_E4M3", {3, 2}});
  CHECK(load_error(quantised) ==
        "m: found tensor \"weight\" of type \"F8_E4M3\", which is not read, and of shape [3, 2], "
        "expected F32 [3, 2]");
}

TEST_CASE("a mixture prior is found where version 0.1 kept it, within the posterior") {
  vc::Layout layout;
  const auto add = [&](const char* name) {
    layout.add(name, vc::Shape<1>{{2}}, vc::Init::zeros());
  };
  add("posterior.mu");
  add("prior.means");
  add("prior.logits");
  const auto file = [](const std::string& prior) {
    return vc::Safetensors{
        {},
        {floats("posterior.mu", {2}, {1, 2}), floats(prior + "means", {2}, {3, 4}),
         floats(prior + "logits", {2}, {5, 6})}};
  };
  for (const std::string prior : {"prior.", "posterior.prior."}) {
    CAPTURE(prior);
    vc::Parameters<float> loaded(layout);
    vc::load_parameters("m", file(prior), loaded);
    CHECK(std::vector<float>(loaded.values().begin(), loaded.values().end()) ==
          std::vector<float>{1, 2, 3, 4, 5, 6});
  }
  vc::Parameters<float> loaded(layout);
  CHECK(error_of([&] { vc::load_parameters("m", file("posterior.priors."), loaded); }) ==
        "m: found no tensor \"prior.means\", expected one of F32 [2]");
  CHECK(error_of([&] {
          vc::load_parameters(
              "m", with(file("posterior.prior."), floats("posterior.prior.more", {1}, {1})),
              loaded);
        }) == "m: found tensor \"posterior.prior.more\", expected only what the model has");
  CHECK(error_of([&] {
          vc::load_parameters(
              "m", with(file("posterior.prior."), floats("posterior.prior.means", {1}, {1})),
              loaded);
        }) == "m: found tensor \"posterior.prior.means\" to be F32 [1], expected F32 [2]");

  // Where the layout has a parameter of the former name, it is that one.
  vc::Layout own;
  own.add("posterior.prior.means", vc::Shape<1>{{2}}, vc::Init::zeros());
  vc::Parameters<float> kept(own);
  vc::load_parameters("m", {{}, {floats("posterior.prior.means", {2}, {7, 8})}}, kept);
  CHECK(kept.values()[1] == 8);
}

TEST_CASE("weights of narrower types are widened, and what is no weight is passed over") {
  const std::vector<std::uint16_t> half{0x3C00, 0xC000, 0x0001};  // 1, -2, 2^-24
  const std::vector<std::uint16_t> brain{0x3F80, 0xC000, 0x0001, 0x7F80, 0x4049, 0x8000};
  const auto raw = [](const std::vector<std::uint16_t>& values) {
    const auto bytes = std::as_bytes(std::span(values));
    return std::vector<std::byte>(bytes.begin(), bytes.end());
  };
  const std::vector<std::int64_t> counter{12};
  const vc::Safetensors content{{},
                                {{"bias", vc::Dtype::f16, {3}, raw(half)},
                                 {"weight", vc::Dtype::bf16, {3, 2}, raw(brain)},
                                 vc::make_tensor<std::int64_t>("num_batches_tracked", {}, counter)},
                                {{"mask", "BOOL", {7}}}};
  vc::Parameters<float> narrow(layout());
  vc::load_parameters("m", content, narrow);
  vc::Parameters<double> wide(layout());
  vc::load_parameters("m", content, wide);
  const std::vector<double> expected{
      1, -2, 0x1p-133, std::numeric_limits<double>::infinity(), 3.140625, -0.0, 1, -2, 0x1p-24};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CHECK(static_cast<double>(narrow.values()[i]) == expected[i]);
    CHECK(wide.values()[i] == expected[i]);
  }
  CHECK(std::signbit(narrow.values()[5]));
}

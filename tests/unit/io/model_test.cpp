#include <filesystem>
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

  vc::Parameters<double> wide(layout());
  CHECK(error_of([&] { vc::load_parameters("m", good, wide); }) ==
        "m: found tensor \"weight\" to be F32 [3, 2], expected F64 [3, 2]");
}

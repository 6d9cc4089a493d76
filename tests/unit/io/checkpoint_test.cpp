#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/io/checkpoint.hpp>

#include "temporary_folder.hpp"

namespace fs = std::filesystem;
namespace vc = vaecollapse;
using vc::test::TemporaryFolder;

namespace {

/// State of every kind that a visitor can be shown.
struct State {
  std::uint64_t step = 0;
  double multiplier = 0;
  std::vector<float> moments;
  std::vector<double> sums;

  void visit(vc::Visitor& visitor) {
    visitor("step", step);
    visitor("multiplier", multiplier);
    visitor("moments", std::span<float>(moments));
    visitor("sums", std::span<double>(sums));
  }
  friend bool operator==(const State&, const State&) = default;
};

State example() { return {0xFFFF'FFFF'FFFF'FFFE, 0.1, {1, 2, 3}, {1e-310, -0.0}}; }
State blank() { return {0, 0, {0, 0, 0}, {0, 0}}; }

/// Two objects of one type, told apart by their prefix.
struct Pair {
  State first, second;
  void visit(vc::Visitor& visitor) {
    vc::visit_state("first", first, visitor);
    vc::visit_state("second", second, visitor);
  }
};

template <class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const vc::Error& error) {
    return error.what();
  }
  return "no error";
}

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

/// A file with this tensor put in the place of the one of that name.
vc::Safetensors with(vc::Safetensors content, vc::Tensor tensor) {
  std::erase_if(content.tensors, [&](const vc::Tensor& each) { return each.name == tensor.name; });
  content.tensors.push_back(std::move(tensor));
  return content;
}

vc::Tensor floats(std::string name, vc::FileShape shape, const std::vector<float>& values) {
  return vc::make_tensor<float>(std::move(name), std::move(shape), values);
}

}  // namespace

TEST_CASE("a checkpoint gives back every bit of the state, and the metadata") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "c";
  State saved = example();
  vc::save_checkpoint(path, saved, {{"config", "{\"a\":1}"}});
  State loaded = blank();
  CHECK(vc::load_checkpoint(path, loaded) == vc::Metadata{{"config", "{\"a\":1}"}});
  CHECK(loaded == saved);
  CHECK(std::signbit(loaded.sums[1]));
}

TEST_CASE("the same state gives the same bytes") {
  const TemporaryFolder folder;
  State state = example();
  vc::save_checkpoint(folder.path() / "a", state);
  State loaded = blank();
  vc::load_checkpoint(folder.path() / "a", loaded);
  vc::save_checkpoint(folder.path() / "b", loaded);
  CHECK(vc::read_file(folder.path() / "a") == vc::read_file(folder.path() / "b"));
}

TEST_CASE("objects of one type keep their own state") {
  const TemporaryFolder folder;
  Pair saved{example(), blank()};
  saved.second.step = 5;
  vc::save_checkpoint(folder.path() / "c", saved);
  Pair loaded{blank(), blank()};
  vc::load_checkpoint(folder.path() / "c", loaded);
  CHECK(loaded.first == saved.first);
  CHECK(loaded.second == saved.second);
}

TEST_CASE("two values of one name are not saved") {
  struct Twice {
    std::uint64_t a = 0;
    void visit(vc::Visitor& visitor) {
      visitor("a", a);
      visitor("a", a);
    }
  } twice;
  const TemporaryFolder folder;
  CHECK(error_of([&] { vc::save_checkpoint(folder.path() / "c", twice); }) ==
        "safetensors: tensor \"a\" is given twice");
  CHECK(folder.names().empty());
}

TEST_CASE("a checkpoint that does not fit is refused, and the state stays as it was") {
  const TemporaryFolder folder;
  State saved = example();
  vc::save_checkpoint(folder.path() / "c", saved);
  const vc::Safetensors good = vc::read_checkpoint(folder.path() / "c");
  const auto load_error = [](const vc::Safetensors& content) {
    State state = blank();
    std::string error = error_of([&] { vc::load_state("c", content, state); });
    CHECK(state == blank());
    CHECK(error.starts_with("c: "));
    return error.substr(3);
  };

  vc::Safetensors missing = good;
  std::erase_if(missing.tensors, [](const vc::Tensor& each) { return each.name == "sums"; });
  CHECK(load_error(missing) == "found no tensor \"sums\", expected one of F64 [2]");
  CHECK(load_error(with(good, floats("extra", {1}, {1}))) ==
        "found tensor \"extra\", expected only what the program's state has");
  CHECK(load_error(with(good, floats("moments", {2}, {1, 2}))) ==
        "found tensor \"moments\" to be F32 [2], expected F32 [3]");
  CHECK(load_error(with(good, floats("moments", {3, 1}, {1, 2, 3}))) ==
        "found tensor \"moments\" to be F32 [3, 1], expected F32 [3]");
  CHECK(load_error(with(good, floats("multiplier", {}, {1}))) ==
        "found tensor \"multiplier\" to be F32 [], expected F64 []");
}

TEST_CASE("a file of another kind or of the future is refused with the reason") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "c";
  State state = example();
  vc::save_checkpoint(path, state);
  const vc::Safetensors good = vc::read_safetensors(path);
  const auto load_error = [&](const char* key, const char* value) {
    vc::Safetensors changed = good;
    value == nullptr ? void(changed.metadata.erase(key)) : void(changed.metadata[key] = value);
    vc::write_safetensors(path, changed);
    return error_of([&] { vc::load_checkpoint(path, state); }).substr(path.string().size());
  };

  CHECK(load_error("vaecollapse_kind", nullptr) ==
        ": found no metadata \"vaecollapse_kind\", expected a checkpoint of vaecollapse");
  CHECK(load_error("vaecollapse_kind", "model") ==
        ": found the kind \"model\", expected a checkpoint of vaecollapse");
  CHECK(load_error("vaecollapse_format", "one") ==
        ": found the format \"one\", expected a whole number");
  CHECK(load_error("vaecollapse_format", nullptr) ==
        ": found the format \"\", expected a whole number");
  CHECK(load_error("vaecollapse_format", "2") ==
        ": found format 2, written by version \"" VAECOLLAPSE_VERSION_STRING
        "\", expected at most format 1, which version " VAECOLLAPSE_VERSION_STRING " reads");
}

TEST_CASE("the library's own metadata is not the caller's to set") {
  const TemporaryFolder folder;
  State state = example();
  CHECK(error_of([&] {
          vc::save_checkpoint(folder.path() / "c", state, {{"vaecollapse_format", "0"}});
        }) ==
        "metadata \"vaecollapse_format\": names that begin with vaecollapse_ are the "
        "library's own");
}

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

TEST_CASE("checkpoints are found by their step, not by their spelling") {
  const TemporaryFolder folder;
  CHECK(!vc::latest_checkpoint(folder.path()));
  CHECK(!vc::latest_checkpoint(folder.path() / "missing"));
  for (const std::uint64_t step : {9u, 10u, 100u}) {
    vc::write_file(vc::checkpoint_path(folder.path(), step), "x");
  }
  for (const char* name :
       {"checkpoint-999.safetensors.tmp-1-0", "checkpoint-0999.safetensors",
        "checkpoint--999.safetensors", "checkpoint-.safetensors", "checkpoint-1e9.safetensors",
        "checkpoint-99999999999999999999.safetensors", "my-checkpoint-999.safetensors",
        "checkpoint-999.safetensors.old", "checkpoint-.safetens", "model.safetensors"}) {
    vc::write_file(folder.path() / name, "x");
  }
  fs::create_directory(vc::checkpoint_path(folder.path(), 1000));
  CHECK(vc::latest_checkpoint(folder.path()) == vc::checkpoint_path(folder.path(), 100));
}

TEST_CASE("pruning keeps the latest and touches nothing else") {
  const TemporaryFolder folder;
  for (const std::uint64_t step : {9u, 10u, 100u, 2u}) {
    vc::write_file(vc::checkpoint_path(folder.path(), step), "x");
  }
  vc::write_file(folder.path() / "model.safetensors", "x");
  vc::prune_checkpoints(folder.path());
  CHECK(folder.names() == std::vector<std::string>{"checkpoint-10.safetensors",
                                                   "checkpoint-100.safetensors",
                                                   "model.safetensors"});
  vc::prune_checkpoints(folder.path(), 2);
  CHECK(folder.names().size() == 3);
  vc::prune_checkpoints(folder.path(), 1);
  CHECK(folder.names() ==
        std::vector<std::string>{"checkpoint-100.safetensors", "model.safetensors"});
  vc::prune_checkpoints(folder.path() / "missing");
}

TEST_CASE("a file where the folder should be is an error with its reason") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "x";
  vc::write_file(path, "x");
  CHECK(error_of([&] { (void)vc::latest_checkpoint(path); }) ==
        path.string() +
            ": found no readable folder (Not a directory), expected a folder for checkpoints");
}

TEST_CASE("a changed byte is found wherever it is") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "c";
  State state = example();
  vc::save_checkpoint(path, state, {{"key", "value"}});
  const std::vector<std::byte> good = vc::read_file(path);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::vector<std::byte> bad = good;
    bad[i] ^= std::byte{4};
    vc::write_file(path, bad);
    CAPTURE(i);
    CHECK_THROWS_AS(vc::read_checkpoint(path), vc::InputError);
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    vc::write_file(path, std::span(good).first(size));
    CAPTURE(size);
    CHECK_THROWS_AS(vc::read_checkpoint(path), vc::InputError);
  }
  vc::write_file(path, good);
  CHECK(vc::library_version(vc::read_checkpoint(path).metadata) == VAECOLLAPSE_VERSION_STRING);
}

TEST_CASE("a newer format is told from damage") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "c";
  State state = example();
  vc::save_checkpoint(path, state);
  vc::Safetensors content = vc::read_safetensors(path);
  content.metadata["vaecollapse_format"] = "2";
  vc::write_safetensors(path, content);
  CHECK_THROWS_AS(vc::read_checkpoint(path), vc::NewerFormatError);
  content.metadata["vaecollapse_format"] = "1";
  content.metadata["vaecollapse_checksum"] = "0";
  vc::write_safetensors(path, content);
  CHECK(error_of([&] {
          vc::read_checkpoint(path);
        }).starts_with(path.string() + ": found damaged content, of checksum \""));
}

TEST_CASE("checkpoints are listed latest first, and one can be kept beside the last") {
  const TemporaryFolder folder;
  State state = example();
  for (const std::uint64_t step : {9u, 10u, 100u, 11u}) {
    vc::save_checkpoint(vc::checkpoint_path(folder.path(), step), state);
  }
  const auto path = [&](std::uint64_t step) { return vc::checkpoint_path(folder.path(), step); };
  CHECK(vc::checkpoints_in(folder.path()) ==
        std::vector<fs::path>{path(100), path(11), path(10), path(9)});
  CHECK(vc::checkpoints_in(folder.path() / "missing").empty());
  vc::prune_checkpoints(folder.path(), 2, 9);
  CHECK(vc::checkpoints_in(folder.path()) == std::vector<fs::path>{path(100), path(11), path(9)});
  vc::remove_checkpoints_after(folder.path(), 9);
  CHECK(vc::checkpoints_in(folder.path()) == std::vector<fs::path>{path(9)});
  CHECK(vc::is_checkpoint_name("checkpoint-9.safetensors"));
  CHECK_FALSE(vc::is_checkpoint_name("checkpoint-09.safetensors"));
}

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/io/checkpoint.hpp>

#include "changed_files.hpp"
#include "temporary_folder.hpp"

namespace fs = std::filesystem;
namespace vc = vaecollapse;
using vc::test::error_of;
using vc::test::floats;
using vc::test::TemporaryFolder;
using vc::test::with;

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

TEST_CASE(
    "an optional buffer is kept where it is not all zero, and is zero where the file has none") {
  struct Sparse {
    std::uint64_t step = 0;
    std::vector<double> missed;
    void visit(vc::Visitor& visitor) {
      vc::PrefixedVisitor within("optimiser", visitor);
      within("step", step);
      within.optional("missed", std::span<double>(missed));
    }
  };
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "c";
  Sparse plain{7, {0, 0}}, other{7, {0, 3}}, loaded{1, {4, 4}};
  vc::save_checkpoint(path, plain);
  vc::Safetensors content = vc::read_checkpoint(path);
  CHECK(content.tensors.size() == 1);
  vc::load_checkpoint(path, loaded);
  CHECK(loaded.missed == plain.missed);
  vc::save_checkpoint(path, other);
  CHECK(vc::read_checkpoint(path).tensors.size() == 2);
  vc::load_checkpoint(path, loaded);
  CHECK(loaded.missed == other.missed);

  content.tensors.push_back(floats("unknown", {1}, {1}));
  CHECK(!error_of([&] { vc::load_state("c", content, loaded); }).empty());
  CHECK(loaded.missed == other.missed);
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
  vc::Safetensors foreign = good;
  foreign.skipped.push_back({"mask", "BOOL", {2}});
  CHECK(load_error(foreign) ==
        "found tensor \"mask\" of type \"BOOL\", expected only what the program's state has");
  CHECK(load_error(with(good, {"moments", vc::Dtype::f16, {3}, std::vector<std::byte>(6)})) ==
        "found tensor \"moments\" to be F16 [3], expected F32 [3]");
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

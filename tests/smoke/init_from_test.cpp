// `train --init-from`: which weights a run begins with, and what is said of the others.
#include <cmath>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/io/safetensors.hpp>

#include "smoke/program.hpp"

namespace vc = vaecollapse;
using namespace reinflection::test;

namespace {

/// Steps so small that no weight moves by more than a rounding.
const Arguments still{"--epochs", "1", "--learning-rate", "1e-12"};

std::vector<float> values_of(const vc::Tensor& tensor) {
  std::vector<float> values(tensor.bytes.size() / vc::size_of(tensor.dtype));
  vc::copy_values(tensor, std::span<float>(values));
  return values;
}

bool is_near(std::span<const float> one, std::span<const float> other) {
  if (one.size() != other.size()) return false;
  for (std::size_t i = 0; i < one.size(); ++i) {
    if (!(std::abs(one[i] - other[i]) < 1e-6f)) return false;
  }
  return true;
}

/// The ids of a model's symbols and tags, by name.
std::map<std::string, std::size_t> places(const vc::Safetensors& content, const char* which) {
  const auto vocabulary = nlohmann::json::parse(content.metadata.at("vocabulary"));
  std::map<std::string, std::size_t> found;
  if (std::string_view(which) == "tags") {
    for (const std::string tag : vocabulary["tags"]) found.emplace(tag, found.size());
    return found;
  }
  for (const char* special : {"unknown", "start", "end"}) found.emplace(special, found.size());
  std::size_t next = 3;
  for (const char32_t one : vc::utf8::decode(vocabulary["characters"].get<std::string>())) {
    found[vc::utf8::encode(std::u32string(1, one))] = next++;
  }
  return found;
}

/// Checks the rows of a tensor that has one for each symbol or tag. \return how many both have
int check_rows(const vc::Safetensors& before, const vc::Safetensors& after, const char* tensor,
               const char* which) {
  CAPTURE(tensor);
  const auto old_places = places(before, which), new_places = places(after, which);
  const auto old_values = values_of(*before.find(tensor)), values = values_of(*after.find(tensor));
  const std::size_t width = values.size() / new_places.size();
  REQUIRE(old_values.size() == width * old_places.size());
  int shared = 0;
  for (const auto& here : new_places) {
    const auto old = old_places.find(here.first);
    if (old == old_places.end()) continue;
    CAPTURE(here.first);
    CHECK(is_near(std::span(values).subspan(here.second * width, width),
                  std::span(old_values).subspan(old->second * width, width)));
    ++shared;
  }
  return shared;
}

vc::Safetensors model_of(const std::string& folder) {
  return vc::read_safetensors(folder + "/model.safetensors");
}

/// Rows of other letters and tags: some are known, and their ids are others.
std::string other_rows() {
  return "Zev\tpos=N,num=PL\tZevler\nkedi\tpos=N,tense=PAST\tkedx\nqar\tpos=Q,num=PL\tqarlar\n";
}

}  // namespace

TEST_CASE("a run that begins with the weights of another goes on with them") {
  const Workbench bench;
  const std::string first = bench.train("first", {"--epochs", "3"});
  const Outcome done = bench.run(bench.tiny() + still +
                                 Arguments{"--init-from", first, "--out", bench.file("second")});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  const auto before = model_of(first), after = model_of(bench.file("second"));
  const std::size_t count = before.tensors.size();
  const std::string all = std::to_string(count);
  CHECK(done.err.find("begins with " + all + " of " + all + " tensors of " + first +
                      "/model.safetensors, which knows 31 of 31 symbols and 15 of 15 tags\n") !=
        std::string::npos);
  for (const vc::Tensor& tensor : before.tensors) {
    CAPTURE(tensor.name);
    CHECK(is_near(values_of(tensor), values_of(*after.find(tensor.name))));
  }
  CHECK(nlohmann::json::parse(bench.read("second/config.json"))["init_from"] == first);

  const Outcome exported = bench.run(
      {"export", "--model", bench.file("second"), "--cpp-header", bench.file("second.hpp")});
  CHECK_MESSAGE(exported.status == 0, exported.err);

  // A run without it begins elsewhere, and the same config with it at the same bits.
  bench.train("third", still);
  const vc::Safetensors elsewhere = model_of(bench.file("third"));
  CHECK_FALSE(is_near(values_of(*before.find("decoder.output.weight")),
                      values_of(*elsewhere.find("decoder.output.weight"))));
  const Outcome again = bench.run(
      {"train", "--config", bench.file("second/config.json"), "--out", bench.file("fourth")});
  REQUIRE_MESSAGE(again.status == 0, again.err);
  CHECK(model_of(bench.file("fourth")).tensors == after.tensors);
}

TEST_CASE("a run that is resumed does not read the weights again") {
  const Workbench bench;
  const std::string first = bench.train("first");
  const std::string folder = bench.train("second", {"--init-from", first});
  const auto before = bench.read("second/model.safetensors");
  std::filesystem::remove_all(first);
  const Outcome done = bench.run({"train", "--resume", folder, "--init-from", first});
  CHECK(done.status == 0);
  CHECK(bench.read("second/model.safetensors") == before);
  const Outcome other = bench.run({"train", "--resume", folder, "--init-from", folder});
  CHECK(other.status == 2);
  CHECK(other.err.starts_with("--init-from: found '" + folder + "', expected '" + first + "'"));
}

TEST_CASE("of other data the symbols and tags that both know are taken, wherever they stand") {
  const Workbench bench;
  const std::string first = bench.train("first");
  const std::string rows = bench.write("other.tsv", other_rows());
  const Outcome done = bench.run(bench.tiny() + still +
                                 Arguments{"--train", rows, "--dev", rows, "--latent", "6",
                                           "--init-from", first, "--out", bench.file("second")});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  const auto before = model_of(first), after = model_of(bench.file("second"));
  const char* by_symbol[] = {"encoder.embedding.weight", "decoder.embedding.weight",
                             "decoder.output.bias"};
  for (const char* tensor : by_symbol) {
    const int shared = check_rows(before, after, tensor, "symbols");
    CHECK(shared > 8);
    CHECK(shared < static_cast<int>(places(after, "symbols").size()));
  }
  CHECK(check_rows(before, after, "decoder.tags.weight", "tags") == 2);  // pos=N, num=PL
  CHECK(is_near(values_of(*before.find("encoder.gru.weight_hh_l0")),
                values_of(*after.find("encoder.gru.weight_hh_l0"))));
  const auto said = [&](const std::string& text) {
    CAPTURE(text);
    CHECK(done.err.find(text) != std::string::npos);
  };
  said(" and 2 of 4 tags; not taken: ");
  said("posterior.mu.weight (F32 [8, 32] there, F32 [6, 32] here)");
}

TEST_CASE("a model with another cell takes what is no cell's, and none of what is") {
  const Workbench bench;
  const std::string first = bench.train("first");
  const Outcome done =
      bench.run(bench.tiny() + still +
                Arguments{"--cell", "lstm", "--init-from", first, "--out", bench.file("second")});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  const auto before = model_of(first), after = model_of(bench.file("second"));
  CHECK(is_near(values_of(*before.find("encoder.embedding.weight")),
                values_of(*after.find("encoder.embedding.weight"))));
  CHECK(after.find("encoder.gru.weight_hh_l0") == nullptr);
  REQUIRE(after.find("encoder.lstm.weight_hh_l0_reverse") != nullptr);
  CHECK(done.err.find("not taken: ") != std::string::npos);
  CHECK(done.err.find("encoder.lstm.weight_hh_l0 ") != std::string::npos);
}

TEST_CASE("a model without tags has none to begin with") {
  const Workbench bench;
  const Arguments sizes = bench.tiny() + still;
  const std::string bare = bench.write("bare.tsv", "ev\tevler\nat\tatlar\n");
  const std::string tagged = bench.write("tagged.tsv", "ev\tpos=N\tevler\nat\tpos=N\tatlar\n");
  const auto train = [&](const std::string& rows, const char* out, const Arguments& more) {
    return bench.run(sizes + Arguments{"--train", rows, "--dev", rows, "--out", bench.file(out)} +
                     more);
  };
  REQUIRE(train(bare, "bare", {"--columns", "source,target"}).status == 0);
  const Outcome done = train(tagged, "tagged", {"--init-from", bench.file("bare")});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  CHECK(done.err.find("; not taken: decoder.tags.weight (the file knows no tags)\n") !=
        std::string::npos);
}

TEST_CASE("weights of 16 bits, of other tools and of models that have more") {
  const Workbench bench;
  const std::string first = bench.train("first");
  auto content = model_of(first);
  for (vc::Tensor& tensor : content.tensors) {  // the upper halves: cut, not rounded
    const auto values = values_of(tensor);
    tensor.dtype = vc::Dtype::bf16;
    tensor.bytes.clear();
    for (const float value : values) {
      std::byte bytes[4];
      std::memcpy(bytes, &value, 4);
      tensor.bytes.insert(tensor.bytes.end(), bytes + 2, bytes + 4);
    }
  }
  content.tensors.push_back(vc::make_tensor<float>("head", {1}, std::vector<float>{1}));
  const std::string file = bench.file("half.safetensors");
  vc::write_safetensors(file, content);
  const auto train = [&](const char* out) {
    return bench.run(bench.tiny() + still +
                     Arguments{"--init-from", file, "--out", bench.file(out)});
  };
  const Outcome done = train("second");
  REQUIRE_MESSAGE(done.status == 0, done.err);
  CHECK(done.err.find("; not taken: head (not in this model)\n") != std::string::npos);
  const vc::Safetensors taken = model_of(bench.file("second"));
  CHECK(is_near(values_of(*content.find("decoder.gru.weight_hh_l0")),
                values_of(*taken.find("decoder.gru.weight_hh_l0"))));

  // Without a vocabulary nobody knows whose rows they are.
  content.metadata.clear();
  vc::write_safetensors(file, content);
  const Outcome foreign = train("third");
  REQUIRE_MESSAGE(foreign.status == 0, foreign.err);
  CHECK(foreign.err.find("decoder.output.bias (the file does not say of which symbols and tags)") !=
        std::string::npos);

  const auto refuse = [&](const std::string& expected) {
    vc::write_safetensors(file, content);
    const Outcome refused = train("none");
    CHECK(refused.status == 2);
    CHECK(lines(refused.err).back() == file + expected);
    CHECK_FALSE(std::filesystem::exists(bench.file("none")));
  };
  content.tensors = {vc::make_tensor<float>("head", {1}, std::vector<float>{1})};
  vc::write_safetensors(file, content);
  const Outcome none = train("none");
  CHECK(none.status == 2);
  CHECK(lines(none.err).back().starts_with(file + ": found no weights that fit ("));
  CHECK_FALSE(std::filesystem::exists(bench.file("none")));
  content.tensors = {vc::make_tensor<float>(
      "posterior.mu.bias", {8}, std::vector<float>(8, std::numeric_limits<float>::quiet_NaN()))};
  refuse(": found a weight in \"posterior.mu.bias\" that is not finite, expected numbers");
  content = vc::read_safetensors(first + "/model.safetensors");
  content.metadata["vaecollapse_kind"] = "checkpoint";
  refuse(": found the kind \"checkpoint\", expected a model of vaecollapse");
  std::filesystem::remove(file);
  const Outcome missing = train("none");
  CHECK(missing.status == 2);
  CHECK(lines(missing.err).back().starts_with(file + ": found no readable file"));
}

// `reinflect diagnose`: its verdict on a model that uses z and on one that has collapsed.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <vaecollapse/io/safetensors.hpp>

#include "smoke/program.hpp"

using nlohmann::ordered_json;
using reinflection::test::Arguments;
using reinflection::test::Outcome;
using reinflection::test::Workbench;

namespace {

Outcome diagnose(const Workbench& bench, const std::string& model, const Arguments& more = {}) {
  return bench.run(Arguments{"diagnose", "--model", model, "--data", bench.dev_file(), "--threads",
                             "1", "--samples", "20", "--probe-rows", "20"} +
                   more);
}

const vaecollapse::Tensor& tensor_of(const vaecollapse::Safetensors& content,
                                     const std::string& name) {
  const auto found = std::find_if(content.tensors.begin(), content.tensors.end(),
                                  [&](const auto& tensor) { return tensor.name == name; });
  REQUIRE(found != content.tensors.end());
  return *found;
}

/// Sets `count` values of every row of a matrix to zero, from `first` on, or if that is negative so
/// many from the end.
void zero(vaecollapse::Safetensors& content, const std::string& name, std::ptrdiff_t first,
          std::size_t count) {
  auto& tensor = const_cast<vaecollapse::Tensor&>(tensor_of(content, name));
  const auto columns = static_cast<std::ptrdiff_t>(tensor.shape.at(1));
  const auto size = static_cast<std::ptrdiff_t>(sizeof(float));
  const std::ptrdiff_t begin = first < 0 ? columns + first : first;
  for (std::ptrdiff_t row = 0; row < static_cast<std::ptrdiff_t>(tensor.shape.at(0)); ++row) {
    std::fill_n(tensor.bytes.begin() + (row * columns + begin) * size, count * sizeof(float),
                std::byte{0});
  }
}

/// Cuts the decoder off from the z of a model, in its first state and at every step; the encoder
/// and its KL stay as they are.
void cut_off(const std::string& model, std::size_t latent) {
  const std::string file = model + "/model.safetensors";
  vaecollapse::Safetensors content = vaecollapse::read_safetensors(file);
  zero(content, "decoder.initial.weight", 0, latent);
  zero(content, "decoder.gru.weight_ih_l0", -static_cast<std::ptrdiff_t>(latent), latent);
  vaecollapse::write_safetensors(file, content);
}

/// The same of the places that a decoder attends to.
void cut_off_attention(const std::string& model, std::size_t place) {
  const std::string file = model + "/model.safetensors";
  vaecollapse::Safetensors content = vaecollapse::read_safetensors(file);
  const auto hidden = tensor_of(content, "decoder.gru.weight_hh_l0").shape.at(1);
  zero(content, "decoder.readout.weight", static_cast<std::ptrdiff_t>(hidden), place);
  vaecollapse::write_safetensors(file, content);
}

}  // namespace

TEST_CASE("diagnose: a model that holds its rate up uses z") {
  const Workbench bench;
  const std::string model =
      bench.train("model", {"--epochs", "40", "--objective", "free_bits(groups=1,rate=20)"});
  const Outcome done = diagnose(bench, model, {"--json"});
  CHECK_MESSAGE(done.status == 0, done.out << done.err);
  const ordered_json found = ordered_json::parse(done.out);
  for (const char* key : {"rate_nats", "nll_nats", "elbo_nats", "kl_per_dimension", "active_units",
                          "mutual_information_nats", "marginal_kl_nats", "iw_nll_nats", "accuracy",
                          "accuracy_z_permuted", "accuracy_z_prior", "verdict", "evidence"}) {
    CAPTURE(key);
    CHECK(found.contains(key));
  }
  CHECK(found["verdict"] == "healthy");
  // So small a model gets no word right: z is healthy, the model is of no use.
  CHECK(found["task"] == "not learnt");
  CHECK(found["accuracy_of_copies"].get<double>() < 0.2);
  CHECK(found["advice"].get<std::string>().find("the task is not learnt") != std::string::npos);
  CHECK(found["missing"].empty());
  CHECK(found["elbo_nats"].get<double>() ==
        doctest::Approx(-found["rate_nats"].get<double>() - found["nll_nats"].get<double>()));
  CHECK(found["kl_per_dimension"].size() == 8);
  CHECK(found["importance_per_dimension"].size() == 8);
  const ordered_json& information = found["mutual_information_nats"];
  CHECK(information["cap"].get<double>() == doctest::Approx(std::log(40)));
  CHECK(information["lower"].get<double>() <= information["cap"].get<double>() + 1e-9);
  CHECK(information["lower"].get<double>() < information["upper"].get<double>());
  CHECK(found["iw_nll_nats"].get<double>() < -found["elbo_nats"].get<double>() + 0.5);
  CHECK(found["nll_z_permuted_nats"].get<double>() > found["nll_nats"].get<double>() + 0.5);
  CHECK(found["warnings"].is_array());
  CHECK(found["sentence"].get<std::string>().starts_with("z is used: "));
  CHECK(found["decoder_sensitivity"]["norm"].get<double>() > 0);
  CHECK(found["decoder_sensitivity"]["per_dimension"].size() == 8);
  CHECK(found["posterior_means"].is_null());        // of one or two dimensions only
  CHECK(found["groupings"][0]["label"] == "case");  // sources know tags, and no lemma

  const std::string forms = bench.file("forms.tsv");
  REQUIRE(bench.run({"corpus", "--forms", forms}).status == 0);
  const Outcome text = diagnose(bench, model, {"--latent-data", forms});
  CHECK_MESSAGE(text.status == 0, text.err);
  // So small a model gets no word right, with no z: its accuracy would say nothing.
  CHECK(text.out.starts_with("z is used: with the z of another word the NLL rises from "));
  CHECK(text.out.find("\nlemma, ") != std::string::npos);
}

TEST_CASE("diagnose: a model of the plain ELBO has collapsed") {
  const Workbench bench;
  const std::string model = bench.train("model", {"--epochs", "6", "--objective", "elbo(beta=4)"});
  const Outcome done = diagnose(bench, model);
  CHECK_MESSAGE(done.status == 3, done.out << done.err);
  CHECK(done.out.starts_with("z is not used, the model has collapsed: "));
  CHECK(done.out.find("\nverdict: collapsed\n") != std::string::npos);
  CHECK(done.out.find("what usually helps: hold the rate up") != std::string::npos);
}

TEST_CASE("diagnose: a decoder cut off from z has collapsed, however large the rate") {
  const Workbench bench;
  const std::string model =
      bench.train("model", {"--epochs", "40", "--objective", "free_bits(groups=1,rate=20)"});
  const auto figures = [&](int status) {
    const Outcome done = diagnose(bench, model, {"--json"});
    CHECK_MESSAGE(done.status == status, done.out << done.err);
    return ordered_json::parse(done.out);
  };
  const ordered_json whole = figures(0);
  CHECK(whole["verdict"] == "healthy");
  cut_off(model, 8);
  const ordered_json cut = figures(3);
  CHECK(cut["verdict"] == "rate committed but unused");
  CHECK(cut["advice"].get<std::string>().starts_with("weaken the decoder, so that it needs z"));
  CHECK(cut["sentence"].get<std::string>().starts_with("z is not used, though it holds a rate: "));
  CHECK(cut["rate_nats"] == whole["rate_nats"]);
  CHECK(cut["rate_nats"].get<double>() > 15);
  CHECK(cut["active_units"] == whole["active_units"]);
  CHECK(cut["nll_z_permuted_nats"].get<double>() ==
        doctest::Approx(cut["nll_nats"].get<double>()).epsilon(1e-6));
  CHECK(cut["decoder_sensitivity"]["norm"] == 0);
}

TEST_CASE("diagnose: of one dimension, the means of the model's posteriors beside the encoder's") {
  const Workbench bench;
  const std::string model = bench.train(
      "model", {"--latent", "1", "--epochs", "40", "--objective", "free_bits(groups=1,rate=2)"});
  const Outcome json = diagnose(bench, model, {"--json"});
  const ordered_json means = ordered_json::parse(json.out)["posterior_means"];
  CHECK(means["rows"] == 32);
  CHECK(means["encoder"].get<double>() > 0.3);
  CHECK(means["model"].get<double>() > 0);
  CHECK(means["apart"].get<double>() <=
        means["encoder"].get<double>() + means["model"].get<double>());
  CHECK(diagnose(bench, model).out.find("\nmeans of posteriors     the model's ") !=
        std::string::npos);
}

TEST_CASE("diagnose: bad input") {
  const Workbench bench;
  const std::string model = bench.train("model");
  const Outcome missing = bench.run({"diagnose", "--model", model, "--data", bench.file("none")});
  CHECK(missing.status == 2);
  const std::string row = bench.read("corpus/dev.tsv");
  const std::string one = bench.write("one.tsv", row.substr(0, row.find('\n') + 1));
  const Outcome single = bench.run({"diagnose", "--model", model, "--data", one});
  CHECK(single.status == 2);
  CHECK(single.err == one + ": found a single row, expected two at least, to exchange their z\n");
}

TEST_CASE("diagnose: a z that is a sequence has the keys of one z, and a status by its verdict") {
  const Workbench bench;
  const std::string one = bench.train("one", {"--epochs", "1"});
  const ordered_json of_one = ordered_json::parse(diagnose(bench, one, {"--json"}).out);
  CHECK(of_one["places"].is_null());
  const std::string model =
      bench.train("model", {"--latent-per-place", "6", "--latent", "8", "--epochs", "60",
                            "--objective", "free_bits(groups=1,rate=15)"});
  const auto figures = [&](int status) {
    const Outcome done = diagnose(bench, model, {"--json"});
    CHECK_MESSAGE(done.status == status, done.out << done.err);
    return ordered_json::parse(done.out);
  };
  const ordered_json whole = figures(0);
  for (const auto& item : of_one.items()) CHECK_MESSAGE(whole.contains(item.key()), item.key());
  for (const auto& item : whole.items()) CHECK_MESSAGE(of_one.contains(item.key()), item.key());
  CHECK(whole["verdict"] == "healthy");
  CHECK(whole["mutual_information_nats"]["lower"].is_null());
  CHECK(whole["marginal_kl_nats"].is_null());
  CHECK(whole["kl_per_dimension"].size() == 6);
  CHECK(whole["importance_per_dimension"].size() == 6);
  const ordered_json& places = whole["places"];
  CHECK(places["global"]["importance_per_dimension"].size() == 8);
  CHECK(places["rate_of_length_nats"].get<double>() + places["rate_of_global_nats"].get<double>() +
            places["rate_of_places_nats"].get<double>() ==
        doctest::Approx(whole["rate_nats"].get<double>()));
  CHECK(places["used_nats"].get<double>() > 1);
  CHECK(places["without_mean"]["nll_nats"].is_number());
  CHECK(places["without_attended"]["nll_nats"].is_number());

  cut_off(model, 14);  // the mean over places, and the z of the word
  cut_off_attention(model, 6);
  const ordered_json cut = figures(3);
  CHECK(cut["verdict"] == "rate committed but unused");
  CHECK(cut["rate_nats"] == whole["rate_nats"]);
  CHECK(cut["places"]["used_nats"] == 0);
  CHECK(cut["places"]["kl_per_place"] == places["kl_per_place"]);
  const Outcome text = diagnose(bench, model);
  CHECK(text.status == 3);
  CHECK(
      text.out.starts_with("z is not used, though it holds a rate: with the z of another word of "
                           "as many places"));
  CHECK(text.out.find("nan") == std::string::npos);
}

#include "kit/diagnosis_text.hpp"

#include <set>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <vaecollapse/diagnose/diagnosis.hpp>

TEST_CASE("a dimension has a KL of its own, or a dash where the family gives none") {
  vaecollapse::Diagnosis found;
  found.zeroed.resize(2);
  found.kl_per_dimension = {0.25, 1.5};
  const std::string apart = kit::to_text(found, {});
  CHECK(apart.find("\n  0   0.250 ") != std::string::npos);
  CHECK(apart.find("\n  1   1.500 ") != std::string::npos);

  found.kl_per_dimension = {4.6};
  const std::string whole = kit::to_text(found, {});
  CHECK(whole.find("\n  0       - ") != std::string::npos);
  CHECK(whole.find("\n  1       - ") != std::string::npos);
}

namespace {

/// A diagnosis of a model of places with a global z, of figures that are made up.
vaecollapse::Diagnosis diagnosis_of_places() {
  vaecollapse::Diagnosis found;
  found.elbo = {.nll = 2, .rate = 112.5};
  found.accuracy = 0.9;
  found.kl_per_dimension = {40, 20};
  found.zeroed.resize(2);
  found.active_units = 2;
  found.permuted = {{70, 1}, {0.9, 0.01}};
  found.prior = vaecollapse::Ablation{{60, 1}, {0.85, 0.01}};
  found.places = vaecollapse::KlOfPlaces{.length = 2.5,
                                         .global = 50,
                                         .of_places = 60,
                                         .mean_places = 6,
                                         .places = {12, 8},
                                         .rows = {4, 3}};
  found.global = vaecollapse::GlobalFigures{{30, 20}, 1};
  vaecollapse::UseOfPlaces use;
  use.permuted = vaecollapse::Ablation{{50, 1}, {0.8, 0.01}};
  use.alone = 3;
  use.zeroed = {{30, 1}, {0.7, 0.01}};
  use.prior_nll_rise = 60;
  use.without_mean = vaecollapse::Ablation{{0.25, 0.1}, {0.05, 0.01}};
  use.without_attended = vaecollapse::Ablation{{28, 1}, {0.6, 0.01}};
  use.global_permuted = vaecollapse::Ablation{{9, 1}, {0.3, 0.01}};
  use.zeroed_global = {{{0.5, 0.1}, {0.01, 0.01}}, {{1.5, 0.1}, {0.02, 0.01}}};
  use.global_sensitivity = {1, 2};
  found.use_of_places = use;
  return found;
}

}  // namespace

TEST_CASE("a diagnosis of a sequence in words: parts of the rate, each way of z, what is in use") {
  const std::string text = kit::to_text(diagnosis_of_places(), {});
  for (const char* line :
       {"    number of places    2.500\n", "    global z            50.000\n",
        "    places              60.000, 10.000 for each of 6.00 places a word\n",
        "KL by place, mean over the words that have it\n    1 .. 2      12.00    8.00\n",
        "mutual information      at most 112.500 (the rate); 30.000 in use",
        "active units            2 of 2 in places, 1 of 2 in the global z",
        "z of another word                           0.00 %    72.000\n",
        "z of another word of as many places        10.00 %    52.000\n",
        "z from the prior, of as many places         5.00 %    62.000\n",
        "z = 0 in every place                       20.00 %    32.000\n",
        "without the mean over places               85.00 %     2.250\n",
        "without attention to places                30.00 %    30.000\n",
        "the global z of another word               60.00 %    11.000\n",
        "3 words left out: no other has as many places\n",
        "dimensions of the global z that matter most\n",
        "  1  20.000        +1.500         -2.00 %\n"}) {
    INFO(std::string(line));
    INFO(text);
    CHECK(text.find(line) != std::string::npos);
  }
  CHECK(text.find("nan") == std::string::npos);
}

TEST_CASE("a diagnosis in JSON has the same keys for one z and for a sequence") {
  const auto keys = [](const nlohmann::json& object) {
    std::set<std::string> all;
    for (const auto& [key, value] : object.items()) all.insert(key);
    return all;
  };
  vaecollapse::Diagnosis one;
  one.zeroed.resize(1);
  one.kl_per_dimension = {1};
  const auto of_one = nlohmann::json::parse(kit::to_json(one, {}));
  const auto of_sequence = nlohmann::json::parse(kit::to_json(diagnosis_of_places(), {}));
  CHECK(keys(of_one) == keys(of_sequence));
  CHECK(of_one["places"].is_null());
  const auto& places = of_sequence["places"];
  CHECK(places["rate_of_length_nats"] == 2.5);
  CHECK(places["nats_per_place"] == 10);
  CHECK(places["kl_per_place"] == std::vector<double>{12, 8});
  CHECK(places["used_nats"] == 30);
  CHECK(places["z_permuted_in_length"]["nll_nats"] == 52);
  CHECK(places["rows_alone_in_length"] == 3);
  CHECK(places["z_zero"]["accuracy"].get<double>() == doctest::Approx(0.2));
  CHECK(places["without_attended"]["nll_rise_nats"] == 28);
  CHECK(places["global"]["importance_per_dimension"][1]["nll_rise_nats"] == 1.5);
  CHECK(places["global"]["places_permuted"].is_null());
}

TEST_CASE("a diagnosis in JSON: what a family does not tell is null") {
  vaecollapse::Diagnosis found = diagnosis_of_places();
  found.kl_per_dimension.clear();
  found.global.reset();
  found.use_of_places->without_mean.reset();
  const auto object = nlohmann::json::parse(kit::to_json(found, {}));
  CHECK(object["kl_per_dimension"].is_null());
  CHECK(object["places"]["global"].is_null());
  CHECK(object["places"]["without_mean"].is_null());
}

TEST_CASE("what is in use of z is the least cost of doing without, and no more than the rate") {
  vaecollapse::UseOfPlaces use;
  use.zeroed.nll_rise = {30, 1};
  CHECK(use.used(100) == 30);
  CHECK(use.used(20) == 20);
  use.permuted = vaecollapse::Ablation{{12, 1}, {0, 0}};
  CHECK(use.used(100) == 12);
  use.prior_nll_rise = 5;
  CHECK(use.used(100) == 5);
  use.zeroed.nll_rise = {-1, 1};
  CHECK(use.used(100) == 0);
}

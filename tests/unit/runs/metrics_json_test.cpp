#include <cmath>
#include <limits>
#include <string>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/runs/metrics_json.hpp>

#include "unit/runs/some_epoch.hpp"

using namespace vaecollapse;

namespace {

EpochReport an_epoch() {
  EpochReport epoch = some_epoch();
  epoch.kl_per_dimension = {0.1, 2.5};
  epoch.signs.gradient_ratio = 1.5;
  epoch.best = true;
  return epoch;
}

}  // namespace

TEST_CASE("metrics.jsonl has an object an epoch, null for what is not known") {
  CHECK(epoch_to_json(an_epoch()) ==
        R"({"epoch":2,"step":300,"seconds":12.34567,"examples_per_second":987.6,)"
        R"("train_nll_nats":0.1,"train_rate_nats":0.3333333333333333,"dev_nll_nats":1e-07,)"
        R"("dev_rate_nats":60.0,"dev_elbo_nats":-60.5,"dev_accuracy":0.95,"dev_levenshtein":0.0,)"
        R"("kl_weight":1.0,"multiplier":0.25,"train_auxiliary_nats":0.0,)"
        R"("kl_per_dimension":[0.1,2.5],"rate_slope_nats_per_epoch":null,"gradient_ratio":1.5,)"
        R"("permutation_gap_nats":null,"amortisation_gap_nats":null,"warnings":[],)"
        R"("gradient_norm":0.0,)"
        R"("gradient_norm_max":0.0,"loss_spikes":1,"best":true})"
        "\n");
  CHECK(metrics_json_lines({an_epoch(), an_epoch()}) ==
        epoch_to_json(an_epoch()) + epoch_to_json(an_epoch()));
}

TEST_CASE("an epoch reads back from its line bit by bit") {
  EpochReport epoch = an_epoch();
  epoch.dev_nll = std::nextafter(0.1, 1);
  epoch.train_auxiliary = std::numeric_limits<double>::denorm_min();
  epoch.signs.permutation_gap = -1.0 / 7;
  epoch.signs.warnings = {"z carries almost nothing"};
  const auto back = epoch_from_json("file", epoch_to_json(epoch));
  CHECK(back.dev_nll == epoch.dev_nll);
  CHECK(back.train_auxiliary == epoch.train_auxiliary);
  CHECK(back.kl_per_dimension == epoch.kl_per_dimension);
  CHECK(back.signs == epoch.signs);
  CHECK(back.best);
  CHECK(epoch_to_json(back) == epoch_to_json(epoch));

  epoch.dev_nll = std::numeric_limits<double>::infinity();
  CHECK(std::isnan(epoch_from_json("file", epoch_to_json(epoch)).dev_nll));
}

TEST_CASE("a line that is none is refused, and its file named") {
  const std::string line = epoch_to_json(an_epoch());
  for (const std::string& text :
       {std::string("{"), std::string("[]"), std::string(R"({"epoch":1})"),
        line.substr(0, 20) + "x" + line.substr(20)}) {
    CHECK_THROWS_WITH_AS(epoch_from_json("run.safetensors", text),
                         "run.safetensors: found an ill-formed epoch in the metrics, expected an "
                         "object with every figure of an epoch",
                         InputError);
  }
}

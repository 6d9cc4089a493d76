#include <string>

#include <doctest/doctest.h>

#include <vaecollapse/runs/metrics_csv.hpp>

#include "unit/runs/some_epoch.hpp"

using namespace vaecollapse;

TEST_CASE("metrics.csv has a row an epoch, with numbers that read back as they were") {
  EpochReport epoch = some_epoch();
  epoch.dev_levenshtein = 0;
  epoch.train_auxiliary = 7.5;
  epoch.gradient_norm = 0.7;
  epoch.gradient_norm_max = 3;
  CHECK(metrics_csv({epoch}) ==
        "epoch,step,seconds,examples_per_second,train_nll_nats,train_rate_nats,dev_nll_nats,"
        "dev_rate_nats,dev_elbo_nats,dev_accuracy,dev_levenshtein,kl_weight,multiplier,"
        "train_auxiliary_nats,gradient_norm,gradient_norm_max,loss_spikes\n"
        "2,300,12.346,987.600,0.1,0.3333333333333333,1e-07,60,-60.5,0.95,0,1,0.25,7.5,0.7,3,1\n");
  CHECK(metrics_csv({}) == metrics_csv_header());
}

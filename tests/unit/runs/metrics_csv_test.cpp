#include <string>

#include <doctest/doctest.h>

#include <vaecollapse/runs/metrics_csv.hpp>

using namespace vaecollapse;

TEST_CASE("metrics.csv has a row an epoch, with numbers that read back as they were") {
  EpochReport epoch;
  epoch.epoch = 2;
  epoch.step = 300;
  epoch.seconds = 12.34567;
  epoch.examples_per_second = 987.6;
  epoch.train_nll = 0.1;
  epoch.train_rate = 1.0 / 3;
  epoch.dev_nll = 1e-7;
  epoch.dev_rate = 60;
  epoch.dev_elbo = -60.5;
  epoch.dev_accuracy = 0.95;
  epoch.dev_levenshtein = 0;
  epoch.multiplier = 0.25;
  epoch.train_auxiliary = 7.5;
  epoch.gradient_norm = 0.7;
  epoch.gradient_norm_max = 3;
  epoch.loss_spikes = 1;
  CHECK(metrics_csv({epoch}) ==
        "epoch,step,seconds,examples_per_second,train_nll_nats,train_rate_nats,dev_nll_nats,"
        "dev_rate_nats,dev_elbo_nats,dev_accuracy,dev_levenshtein,kl_weight,multiplier,"
        "train_auxiliary_nats,gradient_norm,gradient_norm_max,loss_spikes\n"
        "2,300,12.346,987.600,0.1,0.3333333333333333,1e-07,60,-60.5,0.95,0,1,0.25,7.5,0.7,3,1\n");
  CHECK(metrics_csv({}) == metrics_csv_header());
}

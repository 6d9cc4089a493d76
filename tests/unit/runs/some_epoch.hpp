// The report of an epoch, for tests of what is written of it.
#pragma once

#include <vaecollapse/train/report.hpp>

/// Numbers that are easy to write wrongly: a third, a small one, one with many digits.
inline vaecollapse::EpochReport some_epoch() {
  vaecollapse::EpochReport epoch;
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
  epoch.multiplier = 0.25;
  epoch.loss_spikes = 1;
  return epoch;
}

// The rows of options that trainers share, for their tables of settings.
#pragma once

#include <array>
#include <string_view>

#include "kit/numbers.hpp"
#include "kit/settings.hpp"

namespace kit {

/// Sizes above this are mistakes, and would only end in a want of memory.
inline constexpr double largest_size = 65536;
/// The greatest decay of an average of weights: that of 1 would never move.
inline constexpr double largest_ema = 0.9999999;

inline constexpr std::array<std::string_view, 2> cell_names{"gru", "lstm"};

/// Each is a row for the member of its name; a program takes those that its settings have.
template <class Settings>
struct CommonSettings {
  using Row = Setting<Settings>;

  static constexpr Row out{"out", "DIR", "where the results go", &Settings::out,
                           0,     0,     Kept::in_config_only};
  static constexpr Row epochs{"epochs",          "N", "times to go through the training rows",
                              &Settings::epochs, 1,   1e9};
  static constexpr Row batch{"batch", "N", "rows in a step", &Settings::batch, 1, largest_size};
  static constexpr Row cell{
      "cell",
      "NAME",
      "of encoder and decoder: gru, or lstm, whose state is twice as large and whose weights "
      "are a third more",
      &Settings::cell,
      0,
      0,
      Kept::in_model,
      {cell_names}};
  static constexpr Row posterior{"posterior", "EXPR", "the family of q(z|x), see below",
                                 &Settings::posterior};
  static constexpr Row prior{"prior", "EXPR", "the prior of z, see below", &Settings::prior};
  static constexpr Row head_transform{
      "head_transform", "EXPR", "what changes mu and logvar between the head and z, see below",
      &Settings::head_transform};
  static constexpr Row optimiser{"optimiser", "EXPR", "what makes the steps, see below",
                                 &Settings::optimiser};
  static constexpr Row learning_rate{
      "learning_rate",          "X",   "of the optimiser, after the warm-up",
      &Settings::learning_rate, 1e-12, 1e3};
  static constexpr Row warmup{
      "warmup",
      "N",
      "steps in which the learning rate rises; without it a tenth of all steps, at most 200",
      &Settings::warmup,
      0,
      largest_count};
  static constexpr Row decay{
      "decay",          "X", "last part of the run, in which the learning rate falls as a cosine",
      &Settings::decay, 0,   1};
  static constexpr Row clip{"clip",          "X",   "greatest norm of the gradient",
                            &Settings::clip, 1e-12, 1e12};
  static constexpr Row patience{
      "patience",
      "N",
      "stop after so many epochs without a better one, by --criterion; 0: never",
      &Settings::patience,
      0,
      1e9};
  static constexpr Row criterion{"criterion", "EXPR",
                                 "by what the best epoch is chosen on dev, see below",
                                 &Settings::criterion};
  static constexpr Row rollback{
      "rollback",
      "N",
      "when a loss is not finite: go back to the end of the epoch before and on with half the "
      "learning rate, at most so many times",
      &Settings::rollback,
      0,
      1000};
  static constexpr Row seed{"seed",          "N", "of all that is random",
                            &Settings::seed, 0,   largest_count};
  static constexpr Row threads{
      "threads",           "N", "0: one for each core; results do not depend on it",
      &Settings::threads,  0,   1024,
      Kept::in_config_only};
  static constexpr Row checkpoint_every{
      "checkpoint_every",
      "STEPS",
      "steps between checkpoints, which is what a kill can cost; 0: each epoch's end",
      &Settings::checkpoint_every,
      0,
      largest_count,
      Kept::in_config_only};
  static constexpr Row tensorboard{
      "tensorboard",          "", "write the curves as an event file for TensorBoard, too",
      &Settings::tensorboard, 0,  0,
      Kept::in_config_only};
};

}  // namespace kit

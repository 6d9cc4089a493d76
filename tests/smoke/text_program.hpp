// Runs `text_vae`, as its user does, on a tiny corpus with a tiny model.
#pragma once

#include <string>

#include <doctest/doctest.h>

#include "smoke/program.hpp"

namespace text_vae::test {

using reinflection::test::Arguments;
using reinflection::test::lines;
using reinflection::test::Outcome;
using reinflection::test::split;

/// A folder of its own with a corpus of 120 sentences of ten words in it, and the program.
class TextBench : public reinflection::test::Bench {
 public:
  TextBench() : Bench("text_vae") {
    const Outcome made =
        run({"corpus", "--out", file("corpus"), "--train", "120", "--dev", "30", "--test", "20"});
    REQUIRE_MESSAGE(made.status == 0, made.err);
  }

  std::string train_file() const { return file("corpus/train.txt"); }
  std::string dev_file() const { return file("corpus/dev.txt"); }
  std::string test_file() const { return file("corpus/test.txt"); }

  Arguments tiny() const override {
    return {"train",    "--train",     train_file(), "--dev",
            dev_file(), "--embedding", "8",          "--hidden",
            "16",       "--latent",    "4",          "--vocabulary",
            "60",       "--batch",     "16",         "--warmup",
            "4",        "--epochs",    "2",          "--cell",
            "gru",      "--threads",   "1",          "--seed",
            "5",        "--dropout",   "words(0.1)", "--output-dropout",
            "0.1"};
  }
};

}  // namespace text_vae::test

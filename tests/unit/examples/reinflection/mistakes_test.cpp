// All mistakes of settings are kept.
#include "kit/mistakes.hpp"

#include <string>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>

#include "settings.hpp"
#include "training_run.hpp"
#include "unit/examples/text_of.hpp"

using namespace reinflection;

TEST_CASE("what does not fit is left out of the settings, and the rest is set") {
  kit::Mistakes mistakes;
  const Settings settings = setting_table.settle(
      "", {{"embedding", "0"}, {"batch", "7"}, {"decoder", "lstm"}, {"prior", "gausian"}},
      mistakes);
  check_expressions(settings, mistakes);
  CHECK(settings.batch == 7);
  CHECK(settings.embedding == Settings().embedding);
  CHECK(text_of(mistakes) ==
        "--embedding: found '0', expected a whole number from 1 to 65536\n"
        "--decoder: found 'lstm', expected gru, historyless_a or historyless_b\n"
        "--prior: unknown prior 'gausian': did you mean 'gaussian'?\n  gausian\n  ^\n"
        "known: gaussian, mixture");
  kit::Mistakes of_config;
  Settings read;
  setting_table.set_from_json(read, "c", "{\"latent\": -1,\n\"batch\": 9,\n\"bach\": 3}",
                              of_config);
  CHECK(read.batch == 9);
  CHECK(text_of(of_config) ==
        "c:1: found \"latent\": -1, expected a whole number from 0 to 65536\n"
        "c:3: found the unknown key \"bach\", expected \"batch\" perhaps");
  kit::Mistakes of_no_config;
  setting_table.set_from_json(read, "c", "{", of_no_config);
  CHECK(text_of(of_no_config) == "c:1: found a fault at byte 2, expected JSON");
}

// Mistakes that are kept and said together, and names that were perhaps meant.
#include "kit/mistakes.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>

#include "kit/expression_syntax.hpp"
#include "settings_text.hpp"
#include "training_run.hpp"

using namespace reinflection;

namespace {

std::string text_of(const kit::Mistakes& mistakes) {
  try {
    mistakes.raise_if_any();
  } catch (const vaecollapse::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("mistakes are kept in their order, each once") {
  kit::Mistakes mistakes;
  CHECK(mistakes.empty());
  CHECK(text_of(mistakes).empty());
  mistakes.add("--b: found x, expected y");
  mistakes.keep([] { vaecollapse::raise(vaecollapse::Error("--a: found z, expected y")); });
  mistakes.keep([] {});
  mistakes.add("--b: found x, expected y");
  CHECK(text_of(mistakes) == "--b: found x, expected y\n--a: found z, expected y");
  kit::Mistakes more;
  more.add("--a: found nothing, expected y");
  more.add("--c: found nothing, expected y");
  more.add("--c: found another, expected y");
  mistakes.add_of_others(more);
  CHECK(text_of(mistakes) ==
        "--b: found x, expected y\n--a: found z, expected y\n--c: found nothing, expected y\n"
        "--c: found another, expected y");
}

TEST_CASE("what does not fit is left out of the settings, and the rest is set") {
  kit::Mistakes mistakes;
  const Settings settings = settle(
      "", {{"latent", "0"}, {"batch", "7"}, {"decoder", "lstm"}, {"prior", "gausian"}}, mistakes);
  check_expressions(settings, mistakes);
  CHECK(settings.batch == 7);
  CHECK(settings.latent == Settings().latent);
  CHECK(text_of(mistakes) ==
        "--latent: found '0', expected a whole number from 1 to 65536\n"
        "--decoder: found 'lstm', expected gru, historyless_a or historyless_b\n"
        "--prior: unknown prior 'gausian': did you mean 'gaussian'?\n  gausian\n  ^\n"
        "known: gaussian, mixture");
  kit::Mistakes of_config;
  Settings read;
  set_from_json(read, "c", "{\"latent\": -1,\n\"batch\": 9,\n\"bach\": 3}", of_config);
  CHECK(read.batch == 9);
  CHECK(text_of(of_config) ==
        "c:1: found \"latent\": -1, expected a whole number from 1 to 65536\n"
        "c:3: found the unknown key \"bach\", expected \"batch\" perhaps");
  kit::Mistakes of_no_config;
  set_from_json(read, "c", "{", of_no_config);
  CHECK(text_of(of_no_config) == "c:1: found a fault at byte 2, expected JSON");
}

TEST_CASE("a name that was perhaps meant") {
  const std::vector<std::string_view> known{"train",  "evaluate", "explain",
                                            "export", "epochs",   "free_bits"};
  const auto nearest = [&](std::string_view name) { return kit::nearest_name(name, known); };
  CHECK(nearest("trian") == "train");
  CHECK(nearest("epoch") == "epochs");
  CHECK(nearest("fre_bits") == "free_bits");
  CHECK(nearest("freebit") == "free_bits");
  CHECK(nearest("eval") == "evaluate");
  CHECK(nearest("expo") == "export");
  CHECK(nearest("EPOCHS") == "epochs");
  CHECK(nearest("FreeBits") == "free_bits");
  CHECK(nearest("Eval") == "evaluate");
  CHECK(nearest("exp") == "");  // of two
  CHECK(nearest("ev") == "");
  CHECK(nearest("") == "");
  CHECK(nearest("predict") == "");
}

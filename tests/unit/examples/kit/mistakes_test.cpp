// Mistakes that are kept and said together, and names that were perhaps meant.
#include "kit/mistakes.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>

#include "kit/expression_syntax.hpp"
#include "unit/examples/text_of.hpp"

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

#include "kit/diagnosis_text.hpp"

#include <string>

#include <doctest/doctest.h>

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

// The reader of diagnose_posteriors: what it takes can be diagnosed and told.
#include <string>

#include <nlohmann/json.hpp>

#include <vaecollapse/diagnose/posterior_diagnosis.hpp>

#include "fuzz/support.hpp"
#include "posterior_file.hpp"
#include "words.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile input(data, size);
  posteriors::PosteriorFile file;
  if (!fuzz::takes([&] { file = posteriors::read_posteriors(input.path()); }, input.path())) {
    return 0;
  }
  const posteriors::Findings findings{vaecollapse::diagnose(file.stored), "row", file.absent,
                                      file.passed_over};
  const vaecollapse::PosteriorDiagnosis& found = findings.diagnosis;
  fuzz::require(found.rows >= 2, "there are two rows at least");
  fuzz::require(found.active_units.has_value() == !file.stored.mu.empty(),
                "units are counted where there are means");
  fuzz::require(found.kl_per_dimension.empty() ||
                    found.kl_per_dimension.size() == static_cast<std::size_t>(found.latent),
                "there is a KL for each dimension or for none");
  fuzz::require(!posteriors::text_of(findings).empty(), "there is something to say");
  const std::string text = posteriors::json_of(findings).dump();
  fuzz::require(nlohmann::json::accept(text), "it is JSON");
  return 0;
}

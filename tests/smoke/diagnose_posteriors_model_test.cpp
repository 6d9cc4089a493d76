// `diagnose_posteriors` and `reinflect diagnose` say the same of the same model.
#if __has_include("trained_model.hpp")  // the programs are built

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <vaecollapse/io/safetensors.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>

#include "corpora.hpp"
#include "smoke/program.hpp"
#include "trained_model.hpp"

using nlohmann::ordered_json;
using reinflection::test::Outcome;
using reinflection::test::run_program;
using reinflection::test::Workbench;
using vaecollapse::test::TemporaryFolder;

namespace {

vaecollapse::Tensor column(const char* name, const std::vector<double>& values) {
  return vaecollapse::make_tensor(name, {static_cast<std::int64_t>(values.size())},
                                  std::span(values));
}

/// What the model says of the rows of a file, as a file of posteriors.
vaecollapse::Safetensors dump(const std::string& folder, const std::string& data) {
  reinflection::TrainedModel model(folder, 1, {});
  const auto& description = model.description();
  const auto examples = reinflection::load_data(
      data, reinflection::reading_of(description.settings), description, folder);
  const vaecollapse::reinflection::Corpus corpus(examples, description.vocabulary,
                                                 description.features);
  const auto posteriors = model.posteriors(corpus);
  const auto size = static_cast<std::int64_t>(corpus.size());
  const auto matrix = [&](const char* name, const std::vector<float>& values) {
    return vaecollapse::make_tensor(name, {size, posteriors.latent}, std::span(values));
  };
  std::vector<vaecollapse::Row> own(static_cast<std::size_t>(corpus.size()));
  std::iota(own.begin(), own.end(), vaecollapse::Row{0});
  const reinflection::Latents prior = model.prior_codes(corpus);
  const std::vector<vaecollapse::Row> permuted = model.permuted_rows(corpus);
  return {{},
          {matrix("mu", posteriors.mu), matrix("logvar", posteriors.logvar),
           matrix("z", posteriors.z), column("nll", model.nll(corpus, posteriors.z, own)),
           column("nll_permuted", model.nll(corpus, posteriors.z, permuted)),
           column("nll_prior", model.nll(corpus, prior, own))}};
}

void check_same_json(const ordered_json& a, const ordered_json& b) {
  CHECK(std::abs(a.get<double>() - b.get<double>()) < 1e-4);
}

}  // namespace

TEST_CASE("diagnose_posteriors says of a model's posteriors what reinflect diagnose says of it") {
  const Workbench bench;
  struct Case {
    const char* objective;
    const char* epochs;
    int status;
  };
  for (const Case& one : {Case{"free_bits(groups=1,rate=20)", "40", 0}, Case{"elbo(4)", "6", 3}}) {
    CAPTURE(one.objective);
    const std::string folder =
        bench.train("model", {"--epochs", one.epochs, "--objective", one.objective, "--overwrite"});
    const Outcome known = bench.run({"diagnose", "--model", folder, "--data", bench.dev_file(),
                                     "--threads", "1", "--samples", "5", "--json"});
    REQUIRE_MESSAGE(known.status == one.status, known.err);
    const ordered_json diagnosed = ordered_json::parse(known.out);
    const TemporaryFolder out;
    const std::string file = bench.file("posteriors.safetensors");
    vaecollapse::write_safetensors(file, dump(folder, bench.dev_file()));
    const Outcome done = run_program("diagnose_posteriors", {file, "--json"}, out.path());
    CHECK_MESSAGE(done.status == one.status, done.err);
    const ordered_json found = ordered_json::parse(done.out);
    for (const char* key : {"rate_nats", "nll_nats", "elbo_nats", "marginal_kl_nats",
                            "marginal_kl_standard_error", "nll_z_permuted_nats", "nll_z_prior_nats",
                            "active_units", "active_units_rows_less_one", "rows"}) {
      CAPTURE(key);
      check_same_json(found[key], diagnosed[key]);
    }
    for (const char* key :
         {"lower", "lower_standard_error", "upper", "upper_standard_error", "cap"}) {
      CAPTURE(key);
      check_same_json(found["mutual_information_nats"][key],
                      diagnosed["mutual_information_nats"][key]);
    }
    REQUIRE(found["kl_per_dimension"].size() == 8);
    for (std::size_t d = 0; d < 8; ++d) {
      check_same_json(found["kl_per_dimension"][d], diagnosed["kl_per_dimension"][d]);
    }
    CHECK(found["verdict"] == diagnosed["verdict"]);
  }
}

#endif

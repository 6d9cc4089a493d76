// The settings of `text_vae`: what files say of them, what a run with a z and one without come to,
// and what does not fit.
#include "text_vae/settings.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>

#include "kit/mistakes.hpp"
#include "kit/plateau.hpp"
#include "text_vae/defaults.hpp"
#include "text_vae/training_run.hpp"

using namespace text_vae;

namespace {

Settings text_settings(const std::vector<kit::GivenSetting>& given) {
  return with_defaults(setting_table.settle("", given, settings_of_new_run()));
}

/// All that is wrong with such settings.
std::string faults_of(const std::vector<kit::GivenSetting>& given) {
  try {
    prepare(text_settings(given));
  } catch (const vaecollapse::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("settings of sentences go to JSON and back, and expressions are written out in full") {
  Settings settings = text_settings({{"dropout", "words(0.3)+embedding(0.5)"},
                                     {"plateau", "plateau(patience=2)"},
                                     {"batches", "equal"},
                                     {"output_dropout", "0.5"}});
  settings = prepare(settings).settings;
  CHECK(settings.dropout == "words(beta=0.3,to=unk)+embedding(p=0.5)");
  CHECK(settings.plateau == "plateau(patience=2,factor=0.5,times=5,from=15)");
  CHECK(settings.objective == "free_bits(groups=1,rate=4,per=batch)");
  Settings read;
  setting_table.set_from_json(read, "c.json", setting_table.to_json(settings, kit::Content::all));
  CHECK(read == settings);
  CHECK(prepare(read).settings == settings);
}

TEST_CASE("the defaults of a run without a z are those of a language model") {
  const Settings vae = prepare(text_settings({})).settings;
  const Settings model = prepare(text_settings({{"latent", "0"}})).settings;
  CHECK(vae.objective == "free_bits(groups=1,rate=4,per=batch)");
  CHECK(vae.dropout == "none");
  CHECK(model.objective == "elbo(beta=1)");
  // What is given wins.
  const Settings given =
      prepare(text_settings({{"latent", "0"}, {"dropout", "words(0.1)"}})).settings;
  CHECK(given.dropout == "words(beta=0.1,to=unk)");
}

TEST_CASE("settings of sentences that do not fit each other are told with their options") {
  CHECK(faults_of({}).empty());
  CHECK(faults_of({{"latent", "0"}, {"prior", "mixture(components=3)"}}) ==
        "--prior mixture(components=3): a language model, --latent 0, has no z");
  CHECK(faults_of({{"latent", "0"}, {"objective", "elbo(beta=0.5)"}}) ==
        "--objective elbo(beta=0.5): a language model, --latent 0, has no KL, expected elbo");
  CHECK(faults_of({{"posterior", "vmf(kappa=10)"}, {"head_transform", "batch_norm(gamma=0.6)"}}) ==
        "--head-transform batch_norm(gamma=0.6): only a Gaussian posterior can have it, and "
        "--posterior is vmf(kappa=10)");
  CHECK(faults_of({{"posterior", "vmf(kappa=10)"}, {"latent", "1"}})
            .starts_with("--posterior, --latent: "));
  CHECK(faults_of({{"objective", "elbo+bag_of_characters(1)"}})
            .starts_with("--objective: found bag_of_characters"));
  CHECK(faults_of({{"criterion", "accuracy"}}).starts_with("--criterion: accuracy "));
  CHECK(faults_of({{"plateau", "plateau(factor=1)"}}).starts_with("--plateau: "));
  CHECK(faults_of({{"tied", "true"}, {"hidden", "100"}}) ==
        "--embedding: found 256 with --hidden 100 and --tied, expected the same");
  CHECK(faults_of({{"tied", "true"}}).empty());
}

TEST_CASE("an expression of a plateau is that of the training options") {
  CHECK_FALSE(kit::parse_plateau("none").options);
  const auto usual = kit::parse_plateau("plateau").options;
  REQUIRE(usual);
  CHECK(usual->patience == vaecollapse::PlateauOptions().patience);
  CHECK(usual->from == vaecollapse::PlateauOptions().from);
  const auto given = kit::parse_plateau("plateau(patience=3,factor=0.25,times=2,from=4)").options;
  REQUIRE(given);
  CHECK(given->patience == 3);
  CHECK(given->factor == 0.25);
  CHECK(given->times == 2);
  CHECK(given->from == 4);
}

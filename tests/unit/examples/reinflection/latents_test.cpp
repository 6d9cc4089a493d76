#include "latents.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/io/file.hpp>
#include <vaecollapse/io/safetensors.hpp>

#include "model_file.hpp"
#include "training_run.hpp"
#include "unit/io/temporary_folder.hpp"

using namespace reinflection;

namespace {

using Given = std::vector<kit::GivenSetting>;

Settings begun_with(const Given& given) {
  return setting_table.settle("", given, settings_by_latents());
}

Settings latents_with(const Given& given) { return with_latents(begun_with(given)); }

std::string note_with(const Given& given) { return note_of_one_z(begun_with(given)); }

/// A model file with these latents, and weights of nothing.
std::string file_with_latents(const vaecollapse::test::TemporaryFolder& folder,
                              std::uint64_t per_place) {
  Settings settings;
  settings.latent_per_place = per_place;
  const std::string file = (folder.path() / (std::to_string(per_place) + ".safetensors")).string();
  vaecollapse::Safetensors content;
  content.metadata = to_metadata({settings, vaecollapse::Vocabulary(U"ab"), {}});
  vaecollapse::write_safetensors(file, content);
  return file;
}

}  // namespace

TEST_CASE("latents: a run for which nothing is given has a latent for each place") {
  const Settings settings = settings_of_usual_run();
  CHECK(settings.latent_per_place == 48);
  CHECK(settings.latent == 128);
  CHECK(settings.copies == "words,random:4000");
  CHECK(settings.implied == "words");
  CHECK(settings.optimiser == "adamw(decay=0.1,of=matrices)");
  CHECK(settings.ema == 0.999);
  CHECK(settings.objective == "places(rate=11,global=50)");
  CHECK(note_with({}).empty());
  CHECK(latents_with({{"latent", "0"}}).objective == "places(rate=11)");
  CHECK(latents_with({{"slots", "8"}}).latent_per_place == 48);
  CHECK(latents_with({{"cell", "lstm"}, {"z_into", "inputs"}}).latent_per_place == 48);
}

TEST_CASE("latents: with one z a run is what it is without any of this") {
  Settings settings = latents_with({{"latent_per_place", "0"}});
  settle_copies(settings, 100000);
  CHECK(settings == Settings());
  CHECK(note_with({{"latent_per_place", "0"}}).empty());
}

TEST_CASE("latents: what only one z has asks for one z, and a note says so") {
  const std::vector<std::pair<std::string, std::string>> cases{{"attention", "8"},
                                                               {"decoder", "historyless_a"},
                                                               {"posterior", "vmf"},
                                                               {"prior", "mixture"},
                                                               {"head_transform", "batch_norm"},
                                                               {"heads", "relu"},
                                                               {"z_in_training", "mean"},
                                                               {"decoder_hears", "own"},
                                                               {"z_into", "h0,output"},
                                                               {"latent", "5000"},
                                                               {"compat", "akruti"}};
  for (const auto& one : cases) {
    const std::string &name = one.first, &value = one.second;
    CAPTURE(name);
    const Settings settings = latents_with({{name, value}});
    CHECK(settings.latent_per_place == 0);
    CHECK(settings.ema == 0);
    const std::string option = kit::option_name(name) + " " + value;
    CHECK(note_with({{name, value}}) ==
          "one z for the whole word, because of " + option +
              "; without it there is a latent for each place of the source");
  }
  CHECK(latents_with({{"encoder_state_bypass", "true"}}).latent_per_place == 0);
  CHECK(note_with({{"encoder_state_bypass", "true"}}).find("of --encoder-state-bypass;") !=
        std::string::npos);
}

TEST_CASE("latents: an objective decides, where it is given and they are not") {
  const auto per_place = [](const char* objective) {
    return latents_with({{"objective", objective}}).latent_per_place;
  };
  for (const char* const one_z :
       {"elbo", "mdr(rate=40)", "free_bits(groups=1,rate=90)",
        "plan(elbo(beta=0):epochs=3,free_bits(rate=60))", "places(rate=4)+bag_of_characters(1)"}) {
    CAPTURE(one_z);
    CHECK(per_place(one_z) == 0);
  }
  for (const char* const places : {"places(rate=4)", "places(rate=4,global=9)",
                                   "plan(elbo(beta=0):epochs=3,places(rate=4))"}) {
    CAPTURE(places);
    CHECK(per_place(places) == 48);
  }
  CHECK(note_with({{"objective", "mdr(rate=40)"}}) ==
        "one z for the whole word, because of --objective mdr(rate=40); --latent-per-place 48 "
        "gives a latent for each place of the source");
  CHECK(note_with({{"objective", "mdr(rate=40)"}, {"latent_per_place", "6"}}).empty());
}

TEST_CASE("latents: what is given wins") {
  Settings settings = latents_with({{"latent_per_place", "6"},
                                    {"objective", "elbo"},
                                    {"ema", "0"},
                                    {"copies", "none"},
                                    {"implied", "none"}});
  settle_copies(settings, 10);
  CHECK(settings.latent_per_place == 6);
  CHECK(settings.objective == "elbo");
  CHECK(settings.ema == 0);
  CHECK(settings.copies == "none");
  CHECK(settings.implied == "none");
  settings = latents_with({{"latent_per_place", "0"}, {"ema", "0.5"}, {"copies", "random:7"}});
  settle_copies(settings, 3);
  CHECK(settings.ema == 0.5);
  CHECK(settings.copies == "random:7");
  // So that the message is that of the latents that were asked for.
  CHECK(latents_with({{"latent_per_place", "6"}, {"attention", "8"}}).latent_per_place == 6);
}

TEST_CASE("latents: no more random strings than rows") {
  const auto copies_of = [](std::uint64_t rows) {
    Settings settings = latents_with({});
    settle_copies(settings, rows);
    return settings.copies;
  };
  CHECK(copies_of(1) == "words,random:1");
  CHECK(copies_of(150) == "words,random:150");
  CHECK(copies_of(12918) == "words,random:4000");
}

TEST_CASE("latents: a run that begins with the weights of a model has that model's") {
  const vaecollapse::test::TemporaryFolder folder;
  const std::string one_z = file_with_latents(folder, 0), places = file_with_latents(folder, 7);
  CHECK(latents_with({{"init_from", one_z}}) ==
        with_latents(begun_with({{"init_from", one_z}, {"latent_per_place", "0"}})));
  CHECK(note_with({{"init_from", one_z}}) ==
        "one z for the whole word, as the model of --init-from " + one_z +
            " has it; --latent-per-place 48 gives a latent for each place of the source");
  CHECK(latents_with({{"init_from", places}}).latent_per_place == 7);
  CHECK(latents_with({{"init_from", places}}).objective == "places(rate=11,global=50)");
  CHECK(latents_with({{"init_from", places}, {"objective", "mdr(rate=40)"}}).latent_per_place == 7);
  CHECK(latents_with({{"init_from", places}, {"posterior", "vmf"}}).latent_per_place == 0);
  CHECK(latents_with({{"init_from", one_z}, {"objective", "places(rate=4)"}}).latent_per_place ==
        48);
  // A file that does not say it, or is none, is refused where its weights are read.
  const std::string none = (folder.path() / "none").string();
  CHECK(latents_with({{"init_from", none}}).latent_per_place == 48);
  vaecollapse::write_file(none, "no model");
  CHECK(latents_with({{"init_from", none}}).latent_per_place == 48);
}

TEST_CASE("latents: a file that lacks keys is one z, and a run's own file says all of them") {
  const char* const before = "{\"objective\": \"free_bits(groups=1,rate=90)\", \"copies\": 1}";
  Settings old, as_config = settings_by_latents();
  setting_table.set_from_json(old, "old.json", before);
  CHECK(with_latents(old) == old);
  CHECK(prepare(old).settings.latent_per_place == 0);
  setting_table.set_from_json(as_config, "old.json", before);
  CHECK(with_latents(as_config) == old);
  TrainingRun run = prepare(settings_by_latents());
  settle_copies(run.settings, 20);
  Settings read = settings_by_latents();
  setting_table.set_from_json(read, "config.json",
                              setting_table.to_json(run.settings, kit::Content::all));
  CHECK(read == run.settings);
  CHECK(with_latents(read) == read);
}

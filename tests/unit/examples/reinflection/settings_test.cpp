#include "settings.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <vaecollapse/core/check.hpp>

#include "compat.hpp"
#include "kit/mistakes.hpp"
#include "track.hpp"
#include "training_run.hpp"
#include "unit/examples/text_of.hpp"

using namespace reinflection;

namespace {

std::string complaint(const std::string& json) {
  Settings settings;
  try {
    setting_table.set_from_json(settings, "c.json", json);
  } catch (const vaecollapse::InputError& error) {
    return error.what();
  }
  return "";
}

std::string complaint(const std::string& name, const std::string& text) {
  try {
    setting_table.settle("", {{name, text}});
  } catch (const vaecollapse::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("settings go to JSON and back") {
  Settings settings;
  settings.train = "a \"b\" ğ.tsv";
  settings.learning_rate = 0.1;
  settings.seed = 9007199254740991;
  settings.threads = 3;
  settings.decoder = "historyless_a";
  settings.z_into = "output,h0";
  settings.encoder_state_bypass = true;
  settings.out = "somewhere";
  Settings read;
  setting_table.set_from_json(read, "c.json", setting_table.to_json(settings, kit::Content::all));
  CHECK(read == settings);
}

TEST_CASE("a model's settings say nothing of what does not change its weights") {
  Settings settings;
  settings.out = "somewhere";
  const auto json = nlohmann::json::parse(setting_table.to_json(settings, kit::Content::of_model));
  CHECK(json.size() + 4 == setting_table.size());
  CHECK_FALSE(json.contains("out"));
  CHECK_FALSE(json.contains("threads"));
  CHECK_FALSE(json.contains("checkpoint_every"));
}

TEST_CASE("every setting has a row of its own, and defaults that its row allows") {
  const Settings defaults;
  std::set<std::string_view> names;
  for (const Setting& setting : setting_table) {
    CAPTURE(setting.name);
    CHECK(names.insert(setting.name).second);
    Settings changed;
    CHECK_NOTHROW(setting_table.set(changed, setting, show(defaults, setting)));
    CHECK(changed == defaults);
  }
}

TEST_CASE("the command line wins over the file, the file over the defaults") {
  const Settings settings =
      setting_table.settle("", {{"latent", "3"}, {"latent", "4"}, {"clip", "1e-3"}});
  CHECK(settings.latent == 4);
  CHECK(settings.clip == 1e-3);
  CHECK(settings.batch == 64);
  CHECK(option_name(*setting_table.find("encoder_hidden")) == "--encoder-hidden");
}

TEST_CASE("text that is no fitting value") {
  for (const char* text : {"", " 3", "3 ", "0", "-1", "+3", "3.0", "0x3", "three", "65537",
                           "99999999999999999999999"}) {
    CAPTURE(text);
    CHECK(complaint("embedding", text) == "--embedding: found '" + std::string(text) +
                                              "', expected a whole number from 1 to 65536");
  }
  for (const char* text : {"", "nan", "inf", "-0.1", "1.5", "0.5x"}) {
    CAPTURE(text);
    CHECK(complaint("decay", text) ==
          "--decay: found '" + std::string(text) + "', expected a number from 0 to 1");
  }
  CHECK(complaint("train", "a\xFF").ends_with("expected text in UTF-8"));
}

TEST_CASE("texts of which only some mean anything") {
  CHECK(setting_table.settle("", {{"decoder", "historyless_b"}}).decoder == "historyless_b");
  for (const char* text : {"", "lstm", "gru,historyless_a", " gru"}) {
    CAPTURE(text);
    CHECK(complaint("decoder", text) == "--decoder: found '" + std::string(text) +
                                            "', expected gru, historyless_a or historyless_b");
  }
  CHECK(setting_table.settle("", {}).cell == "gru");
  CHECK(setting_table.settle("", {{"cell", "lstm"}}).cell == "lstm");
  CHECK(complaint("cell", "rnn") == "--cell: found 'rnn', expected gru or lstm");
  for (const char* text : {"h0", "output", "inputs,h0", "h0,inputs,output"}) {
    CHECK(setting_table.settle("", {{"z_into", text}}).z_into == text);
  }
  for (const char* text : {"", ",", "h0,", "h0, inputs", "h0,h0", "everywhere"}) {
    CAPTURE(text);
    CHECK(complaint("z_into", text) ==
          "--z-into: found '" + std::string(text) +
              "', expected h0, inputs or output, or several of them with commas between");
  }
  CHECK(kit::has_word("h0,output", "output"));
  CHECK_FALSE(kit::has_word("h0,outputs", "output"));
  CHECK(complaint("{\"decoder\": \"lstm\"}") ==
        "c.json:1: found \"decoder\": \"lstm\", expected gru, historyless_a or historyless_b");
}

TEST_CASE("a flag is true or false") {
  CHECK(setting_table.settle("", {{"encoder_state_bypass", "true"}}).encoder_state_bypass);
  CHECK_FALSE(setting_table
                  .settle("", {{"encoder_state_bypass", "true"}, {"encoder_state_bypass", "false"}})
                  .encoder_state_bypass);
  CHECK(complaint("encoder_state_bypass", "1") ==
        "--encoder-state-bypass: found '1', expected true or false");
  CHECK(complaint("{\"encoder_state_bypass\": 1}") ==
        "c.json:1: found \"encoder_state_bypass\": 1, expected true or false");
}

TEST_CASE("JSON that is no config") {
  CHECK(complaint("{\"laten\": 3}") ==
        "c.json:1: found the unknown key \"laten\", expected \"latent\" perhaps");
  CHECK(
      complaint("{\n\n\"xyz\": 3}")
          .starts_with("c.json:3: found the unknown key \"xyz\", expected one of compat, train, "));
  CHECK(complaint("{\"latent\": 3.5}") ==
        "c.json:1: found \"latent\": 3.5, expected a whole number from 0 to 65536");
  CHECK(complaint("{\"latent\": true}") ==
        "c.json:1: found \"latent\": true, expected a whole number from 0 to 65536");
  CHECK(complaint("{\"latent\": 18446744073709551616}").starts_with("c.json:1: found \"latent\""));
  CHECK(complaint("{\"train\": 3}") == "c.json:1: found \"train\": 3, expected text in UTF-8");
  CHECK(complaint("{\"decay\": [[[0]]]}") ==
        "c.json:1: found \"decay\": [[[0]]], expected a number from 0 to 1");
  CHECK(complaint("{\"latent\": {\"latent\": 1, \"latent\": 2}}").find("twice") ==
        std::string::npos);
  CHECK(complaint("{\"latent\": 3, \"latent\": 3}") ==
        "c.json:1: found the key \"latent\" twice, expected each key once");
  CHECK(complaint("") == "c.json:1: found a fault at byte 1, expected JSON");
  CHECK(complaint("null") == "c.json: found a JSON null, expected a JSON object");
  CHECK(complaint("{}") == "");
  CHECK(complaint("{\"decay\": 1}") == "");
}

TEST_CASE("JSON that would end in a want of stack or time") {
  CHECK(complaint("{\"latent\": " + std::string(30'000, '[') + std::string(30'000, ']') + "}") ==
        "c.json: found JSON nested more than 16 deep, expected a JSON object of settings");
  CHECK(complaint("{\"train\": \"" + std::string(65'536, 'a') + "\"}") ==
        "c.json: found a config of 65549 bytes, expected at most 65536");
}

TEST_CASE("a number that no double can hold") {
  CHECK(complaint("{\"clip\": 1e999}") ==
        "c.json: found a number that is out of range, expected JSON with numbers that fit");
  CHECK(complaint("{\"decay\": 1e-999}") == "");
}

TEST_CASE("a config may come from an editor that marks its bytes and ends its lines with two") {
  CHECK(complaint("\xEF\xBB\xBF{\r\n\"latent\": 3\r\n}\r\n") == "");
  CHECK(complaint("{\"train\": \"\xC3\"}") == "c.json:1: found a fault at byte 13, expected JSON");
  CHECK(complaint(std::string("{}\n\0{", 5)) == "c.json:2: found a NUL at byte 4, expected JSON");
}

TEST_CASE("--compat is a list of settings, and what is given beside it wins") {
  const Settings settings = setting_table.settle("", {{"compat", "akruti"}, {"latent", "64"}});
  CHECK(settings.compat == "akruti");
  CHECK(settings.latent == 64);
  CHECK(settings.embedding == 300);
  CHECK(settings.tag_embedding == 200);
  CHECK(settings.encoder_hidden == 256);
  CHECK(settings.decoder_hidden == 512);
  CHECK(settings.encoder_state_bypass);
  CHECK(settings.z_in_training == "mean");
  CHECK(settings.learning_rate == 0.1);
  CHECK(setting_table.settle("", {{"compat", "none"}}) == Settings{});
  // A config that was written in full is read as it was.
  Settings read;
  setting_table.set_from_json(read, "c.json", setting_table.to_json(settings, kit::Content::all));
  CHECK(read == settings);
  CHECK(setting_table.front().name == "compat");
  CHECK(complaint("compat", "acruti") == "--compat: found 'acruti', expected none or akruti");
}

TEST_CASE("what --compat sets is written out in full, and differs from the defaults") {
  const Settings settings = setting_table.settle("", {{"compat", "akruti"}});
  CHECK(prepare(settings).settings == settings);
  for (const CompatSetting& one : compat_settings("akruti")) {
    CAPTURE(one.setting);
    const Setting* setting = setting_table.find(one.setting);
    REQUIRE(setting != nullptr);
    CHECK(show(settings, *setting) == one.value);
    CHECK((one.setting == "encoder_hidden" || show(Settings{}, *setting) != one.value));
    CHECK(compat_value("akruti", one.setting) == one.value);
  }
  CHECK(compat_value("akruti", "seed").empty());
}

TEST_CASE("copies: what is written has one form, and the numbers of before are read") {
  const auto copies = [](const std::string& text) {
    return setting_table.settle("", {{"copies", text}}).copies;
  };
  CHECK(copies("0") == "none");
  CHECK(copies("none") == "none");
  CHECK(copies("1") == "words");
  CHECK(copies("words") == Settings{}.copies);
  CHECK(copies("random:0040") == "random:40");
  CHECK(copies("random:40,words") == "words,random:40");
  CHECK(parse_copies("words,random:40") == Copies{.words = true, .random = 40});
  for (const char* text :
       {"", ",", "words,", "words,words", "random", "random:", "random:0", "random:-1",
        "random:10000001", "random:1,random:2", "none,words", "2", "0,random:3", "word"}) {
    CAPTURE(text);
    CHECK(complaint("copies", text) ==
          "--copies: found '" + std::string(text) +
              "', expected none, words, random:N, or words,random:N, with N from 1 to 10000000");
  }
  const std::vector<std::pair<std::string, std::string>> read_as{
      {"0", "none"}, {"1", "words"}, {"\"random:3\"", "random:3"}};
  for (const auto& [json, expected] : read_as) {
    Settings read;
    setting_table.set_from_json(read, "c.json", "{\"copies\": " + json + "}");
    CHECK(read.copies == expected);
  }
  for (const std::string json : {"2", "1.0", "-1", "true", "\"x\""}) {
    CHECK(
        complaint("{\"copies\": " + json + "}").starts_with("c.json:1: found \"copies\": " + json));
  }
}

TEST_CASE("the track of a run is that of the files that it takes") {
  Settings settings;
  settings.implied = "words";
  settings.hallucinate = 10;
  CHECK(name_of(track_of(settings)) == "restricted");
  settings.also = "a:1";
  CHECK(name_of(track_of(settings)) == "standard");
  settings.words = "b";
  CHECK(name_of(track_of(settings)) == "bonus");
  settings.also.clear();
  CHECK(name_of(track_of(settings)) == "bonus");
}

TEST_CASE("files of other tasks have their task behind a colon") {
  using vaecollapse::reinflection::Task;
  const auto files = parse_also("C:\\rows:1,b:2:2").value();
  REQUIRE(files.size() == 2);
  CHECK(files[0].file == "C:\\rows");
  CHECK(files[0].task == Task::inflection);
  CHECK(files[1].file == "b:2");
  CHECK(files[1].task == Task::labelled_reinflection);
  CHECK(parse_also("").value().empty());
  for (const char* text : {"a", "a:3", ":1", "a:1,", ",a:1", "a:12", "-:1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_also(text));
  }
}

namespace {

/// What is wrong with settings, all of it.
std::string faults_of(const std::vector<kit::GivenSetting>& given) {
  kit::Mistakes mistakes;
  check_expressions(setting_table.settle("", given), mistakes);
  return text_of(mistakes);
}

}  // namespace

TEST_CASE("a latent for each place: what goes with it, and what does not") {
  CHECK(faults_of({{"latent_per_place", "4"}}).empty());
  CHECK(faults_of({{"latent_per_place", "4"}, {"latent", "0"}, {"slots", "3"}}).empty());
  CHECK(faults_of({{"latent_per_place", "4"}, {"z_into", "inputs"}, {"cell", "lstm"}}).empty());
  CHECK(faults_of({{"latent", "0"}}) ==
        "--latent: found 0 without --latent-per-place, expected 1 at least, or a "
        "--latent-per-place: the decoder would know nothing of the source");
  CHECK(faults_of({{"slots", "3"}}) ==
        "--slots: found 3 without --latent-per-place, expected the dimensions of each beside it, "
        "such as --latent-per-place 48");
  CHECK(faults_of({{"latent_per_place", "4"}, {"heads", "relu"}, {"attention", "8"}}) ==
        "--attention: found 8 with --latent-per-place, expected 0: its decoder attends to the "
        "places, and reads the plain sum of the tags\n"
        "--heads: found relu with --latent-per-place, expected linear: its heads are linear");
  CHECK(faults_of({{"latent_per_place", "4"}, {"latent", "5000"}}) ==
        "--latent: found 5000 with --latent-per-place, expected 4096 at most");
}

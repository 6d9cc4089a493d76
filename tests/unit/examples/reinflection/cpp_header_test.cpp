// Which models a C++ header can hold: by a list of what it knows, so that what is new is refused.
#include "cpp_header.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>

#include "export/namespace_name.hpp"
#include "model_file.hpp"
#include "settings.hpp"

using namespace reinflection;
using vaecollapse::Safetensors;

namespace {

/// What the exporter finds fault with in a model of these settings that has no tensors.
std::string complaint(const Settings& settings) {
  Description description;
  description.settings = settings;
  description.vocabulary = vaecollapse::Vocabulary(U"ab");
  description.features = vaecollapse::reinflection::Features({"pos=N"});
  Safetensors content;
  content.metadata = to_metadata(description);
  try {
    to_cpp_header("m", content, "inflection");
  } catch (const vaecollapse::Error& error) {
    return error.what();
  }
  return "";
}

/// Some value that a setting does not have by default.
std::string another_value(const Setting& setting) {
  if (setting.name == "objective") return "free_bits(groups=2,rate=8)";
  if (setting.name == "dropout") return "none";
  if (setting.name == "prior") return "mixture(components=3)";
  if (setting.name == "optimiser") return "sgd";
  if (setting.name == "z_into") return "output";
  const std::string now = show(Settings{}, setting);
  for (const std::string_view word : setting.choice.words) {
    if (word != now) return std::string(word);
  }
  if (setting.is_flag()) return now == "true" ? "false" : "true";
  if (setting.name == "copies") return "random:3";
  if (setting.name == "also") return "rows:1";
  if (std::holds_alternative<Setting::Text>(setting.member)) return "another";
  for (const double value :
       {setting.least, setting.least + 1, (setting.least + setting.most) / 2}) {
    if (value <= setting.most && kit::show_number(value) != now) return kit::show_number(value);
  }
  return "";
}

}  // namespace

TEST_CASE("export: every setting is held, is of training only, or is refused by its name") {
  // A setting that is not named here is refused unless it is what it is by default.
  const std::set<std::string_view> accepted{"compat",
                                            "cell",
                                            "train",
                                            "dev",
                                            "init_from",
                                            "task",
                                            "format",
                                            "columns",
                                            "tag_separator",
                                            "objective",
                                            "dropout",
                                            "epochs",
                                            "batch",
                                            "pool",
                                            "copies",
                                            "embedding",
                                            "encoder_hidden",
                                            "decoder_hidden",
                                            "latent",
                                            "z_into",
                                            "z_in_training",
                                            "decoder_hears",
                                            "optimiser",
                                            "learning_rate",
                                            "warmup",
                                            "decay",
                                            "clip",
                                            "patience",
                                            "criterion",
                                            "rollback",
                                            "seed",
                                            "latent_per_place",
                                            "ema",
                                            "label_smoothing",
                                            "hallucinate",
                                            "implied",
                                            "also",
                                            "words"};
  const std::string no_tensor = "m: found no tensor \"encoder.embedding.weight\"";
  REQUIRE(complaint({}).starts_with(no_tensor));
  int refused = 0;
  for (const Setting& setting : setting_table) {
    if (setting.kept == Setting::Kept::in_config_only) continue;
    CAPTURE(setting.name);
    Settings settings;
    const std::string value = another_value(setting);
    // Not by its text: `compat` would set others.
    std::visit(
        [&](auto member) {
          Settings changed;
          if (setting.name == "compat") {
            changed.compat = value;
          } else {
            setting_table.set(changed, setting, value);
          }
          settings.*member = changed.*member;
        },
        setting.member);
    const std::string found = complaint(settings);
    if (accepted.contains(setting.name)) {
      CHECK(found.starts_with(no_tensor));
    } else {
      const std::string held = show(Settings{}, setting);
      CHECK(found == "m: found " + option_name(setting) + " " + value + ", expected " +
                         (held.empty() ? "no value" : held) +
                         ", which is all that a C++ header can hold");
      ++refused;
    }
  }
  CHECK(refused >= 6);
}

TEST_CASE("export: a bag of characters, which the encoder reads too, is refused") {
  for (const char* objective :
       {"elbo+bag_of_characters", "free_bits(groups=1,rate=90)+bag_of_characters(weight=2)"}) {
    Settings settings;
    settings.objective = objective;
    CHECK(complaint(settings) == "m: found --objective " + std::string(objective) +
                                     ", expected an objective without bag_of_characters in a C++ "
                                     "header");
  }
}

TEST_CASE("export: a published system's settings are refused by the first that differs") {
  Settings settings;
  setting_table.set(settings, *setting_table.find("compat"), "akruti");
  CHECK(complaint(settings).starts_with("m: found --attention 512, expected 0"));
}

TEST_CASE("export: names for namespaces") {
  for (const char* good :
       {"inflection", "turkish_nouns", "TR",      "tr2",    "model",      "weights", "inflect",
        "stdx",       "classes",       "int_",    "logic",  "expo",       "detail",  "tags",
        "a",          "M_tr",          "MODEL_M", "INT_TR", "SIGMORPHON", "int_max"}) {
    CAPTURE(good);
    CHECK(fault_of_namespace(good) == "");
  }
  for (const char* bad :
       {"class", "namespace", "int", "co_await", "requires", "char8_t", "concept", "and", "xor_eq",
        "not", "nullptr", "this", "true", "wchar_t", "constinit", "alignas", "template"}) {
    CAPTURE(bad);
    CHECK(fault_of_namespace(bad) == "a name: this is a keyword of C++");
  }
  for (const char* bad :
       {"", "my model", "9lives", "a::b", "::a", "a-b", "a.b", "\xC3\xBC", "a\n", "a;", "{"}) {
    CAPTURE(bad);
    CHECK(fault_of_namespace(bad) == "letters, digits and _, the first no digit");
  }
  for (const char* bad : {"_Upper", "__x", "_x", "_", "a__b", "a__"}) {
    CAPTURE(bad);
    CHECK(fault_of_namespace(bad).find("reserved") != std::string::npos);
  }
  for (const char* bad : {"std",
                          "std20",
                          "posix",
                          "main",
                          "exp",
                          "expf",
                          "logl",
                          "time",
                          "remove",
                          "nan",
                          "size_t",
                          "errno",
                          "NULL",
                          "linux",
                          "unix",
                          "vaecollapse",
                          "vaecollapse_exported",
                          "INT_MAX",
                          "M_PI",
                          "RAND_MAX",
                          "UINT64_MAX",
                          "CHAR_BIT",
                          "LC_ALL",
                          "SEEK_SET",
                          "EXIT_FAILURE",
                          "FE_INVALID",
                          "HUGE_VAL",
                          "HUGE_VALF",
                          "DBL_EPSILON",
                          "SIGINT",
                          "EDOM"}) {
    CAPTURE(bad);
    CHECK(fault_of_namespace(bad) != "");
  }
}

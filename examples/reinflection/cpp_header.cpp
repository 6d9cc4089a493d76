#include "cpp_header.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/version.hpp>

#include "export/namespace_name.hpp"
#include "export/runtime_text.hpp"
#include "kit/expression.hpp"
#include "model_file.hpp"
#include "row_format.hpp"
#include "settings.hpp"

namespace reinflection {

namespace {

using vaecollapse::FileShape;
using vaecollapse::InputError;
using vaecollapse::raise;
using vaecollapse::Safetensors;

/// `-1.5e-05f`, the shortest text that is the same number again.
void append_number(std::string& text, float number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  const std::string_view shown(digits.data(), static_cast<std::size_t>(end - digits.data()));
  text += shown;
  if (shown.find_first_of(".e") == shown.npos) text += ".0";
  text += 'f';
}

/// A string literal in which every byte is safe, whatever follows it.
std::string in_quotes(std::string_view bytes) {
  constexpr std::string_view octal = "01234567";
  std::string text = "\"";
  for (const char one : bytes) {
    const auto byte = static_cast<unsigned char>(one);
    if (byte >= ' ' && byte < 0x7F && one != '"' && one != '\\' && one != '?') {
      text += one;
    } else {
      text += {'\\', octal[byte >> 6], octal[(byte >> 3) & 7], octal[byte & 7]};
    }
  }
  return text + '"';
}

std::string as_code_points(std::u32string_view characters) {
  std::string text;
  for (const char32_t one : characters)
    text += std::to_string(static_cast<std::uint32_t>(one)) + ",";
  return text;
}

/// `inline constexpr TYPE NAME[] = {...};`. C++ has no array of nothing; a span of nothing does.
std::string array_of(const std::string& type, const std::string& name, const std::string& items) {
  if (items.empty()) return "inline constexpr std::span<const " + type + "> " + name + "{};\n";
  return "inline constexpr " + type + " " + name + "[] = {" + items + "};\n";
}

/// Writes weights as arrays and remembers which were asked for.
class Arrays {
 public:
  Arrays(std::string_view file, const Safetensors& content) : file_(file), content_(content) {}

  std::string text;

  /// Writes the array of a tensor that must have this shape. \return its name in C++
  std::string add(const std::string& name, const FileShape& shape) {
    const std::vector<float> values = take(name, shape);
    std::string identifier = name;
    std::replace(identifier.begin(), identifier.end(), '.', '_');
    std::string numbers;
    for (std::size_t i = 0; i < values.size(); ++i) {
      numbers += i % 8 == 0 ? "\n" : "";
      append_number(numbers, values[i]);
      numbers += ',';
    }
    text += array_of("float", identifier, numbers);
    return identifier;
  }
  std::string add_linear(const std::string& name, std::int64_t inputs, std::int64_t outputs) {
    const std::string weight = add(name + ".weight", {outputs, inputs});
    return "{" + weight + ", " + add(name + ".bias", {outputs}) + "}";
  }
  /// \param cell its name, `gru` or `lstm`, which is a part of its parameters' names
  std::string add_cell(const std::string& owner, const std::string& cell, std::int64_t inputs,
                       std::int64_t hidden, const std::string& direction = "") {
    const bool is_lstm = cell == "lstm";
    const std::int64_t gates = (is_lstm ? 4 : 3) * hidden;
    const auto part = [&](const char* kind, const FileShape& shape) {
      return add(owner + "." + cell + "." + kind + "_l0" + direction, shape);
    };
    const std::string input = part("weight_ih", {gates, inputs});
    const std::string recurrent = part("weight_hh", {gates, hidden});
    const std::string input_bias = part("bias_ih", {gates});
    return "{" + input + ", " + recurrent + ", " + input_bias + ", " + part("bias_hh", {gates}) +
           (is_lstm ? ", true}" : ", false}");
  }
  /// How long a vector is; 0 for what is none.
  std::int64_t length_of(const std::string& name) const {
    const vaecollapse::Tensor* tensor = content_.find(name);
    return tensor == nullptr || tensor->shape.size() != 1 ? 0 : tensor->shape[0];
  }
  /// For what is not needed to use a model.
  void leave_out(const std::string& name) { taken_.push_back(name); }

  /// Nothing of the model may be forgotten: it would speak differently.
  void finish() const {
    for (const vaecollapse::Tensor& tensor : content_.tensors) {
      if (std::find(taken_.begin(), taken_.end(), tensor.name) != taken_.end()) continue;
      if (!vaecollapse::is_floating(tensor.dtype)) continue;  // a counter, and no weight
      raise(InputError(file_, 0, "tensor \"" + tensor.name + "\"",
                       "a model that a C++ header can hold"));
    }
  }

 private:
  std::vector<float> take(const std::string& name, const FileShape& shape) {
    const vaecollapse::Tensor* tensor = content_.find(name);
    if (tensor == nullptr || tensor->shape != shape) {
      raise(InputError(file_, 0,
                       tensor == nullptr
                           ? "no tensor \"" + name + "\""
                           : "tensor \"" + name + "\" " + vaecollapse::to_string(tensor->shape),
                       "one of shape " + vaecollapse::to_string(shape)));
    }
    taken_.push_back(name);
    std::vector<float> values(tensor->bytes.size() / size_of(tensor->dtype));
    vaecollapse::copy_values(*tensor, std::span<float>(values));
    if (!std::all_of(values.begin(), values.end(),
                     [](const float& x) { return vaecollapse::is_finite(x); })) {
      raise(InputError(file_, 0, "a weight in \"" + name + "\" that is not finite", "numbers"));
    }
    return values;
  }

  std::string_view file_;
  const Safetensors& content_;
  std::vector<std::string> taken_;
};

/// Settings of which a header holds every value.
constexpr std::array<std::string_view, 10> held{
    "cell",   "embedding", "encoder_hidden", "decoder_hidden", "latent", "latent_per_place",
    "z_into", "format",    "columns",        "tag_separator"};

/// Settings that say how a model was trained, or on what, and not what it computes.
constexpr std::array<std::string_view, 28> of_training{
    "init_from",     "compat",  "train",     "dev",       "task",          "dropout",
    "epochs",        "batch",   "pool",      "copies",    "z_in_training", "optimiser",
    "learning_rate", "warmup",  "decay",     "clip",      "decoder_hears", "patience",
    "rollback",      "seed",    "objective", "criterion", "ema",           "label_smoothing",
    "hallucinate",   "implied", "also",      "words"};

template <std::size_t Size>
bool holds(const std::array<std::string_view, Size>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Every other setting must be what it is by default, so that one which is added later is refused
/// until the header holds it. An objective is no matter but for the bag that the encoder reads.
void require_supported(std::string_view file, const Settings& settings) {
  const Settings defaults;
  for (const Setting& setting : setting_table) {
    if (setting.kept == Setting::Kept::in_config_only) continue;
    const bool is_bag =
        setting.name == "objective" && kit::parse_objective(settings.objective).bag.has_value();
    const bool is_free = holds(held, setting.name) || holds(of_training, setting.name);
    const std::string found = show(settings, setting), expected = show(defaults, setting);
    if (is_bag || (!is_free && found != expected)) {
      raise(InputError(file, 0, option_name(setting) + " " + found,
                       is_bag ? "an objective without bag_of_characters in a C++ header"
                              : (expected.empty() ? "no value" : expected) +
                                    ", which is all that a C++ header can hold"));
    }
  }
}

/// The widths of a network.
struct Widths {
  explicit Widths(const Description& description)
      : symbols(description.vocabulary.symbols()),
        tags(table_of_tags(description)),
        embedding(size(description.settings.embedding)),
        encoder(size(description.settings.encoder_hidden)),
        decoder(size(description.settings.decoder_hidden)),
        z(size(description.settings.has_places() ? description.settings.latent_per_place
                                                 : description.settings.latent)),
        global(description.settings.has_places() ? size(description.settings.latent) : 0) {}

  static std::int64_t size(std::uint64_t value) { return static_cast<std::int64_t>(value); }

  std::int64_t symbols, tags, embedding, encoder, decoder;
  std::int64_t z, global;  ///< of a place, where there are places; of the z beside them
};

/// Writes the constant `places` of a model that has them. \return the last member of a `Model`
std::string places_member(Arrays& arrays, const Settings& settings, const Widths& of,
                          const std::string& runtime) {
  if (!settings.has_places()) return "nullptr";
  arrays.leave_out("posterior.lengths");
  std::string members = "{}";
  if (of.global > 0) {
    arrays.leave_out("posterior.global.logvar.weight");
    arrays.leave_out("posterior.global.logvar.bias");
    members = arrays.add_linear("posterior.global.mu", 2 * of.encoder, of.global);
  }
  const std::int64_t width = arrays.length_of("decoder.attention.score.weight");
  for (const std::string& member : {
           arrays.add_linear("decoder.attention.query", of.decoder + of.embedding, width),
           arrays.add_linear("decoder.attention.key", of.z, width),
           arrays.add("decoder.attention.score.weight", {width}),
           arrays.add_linear("decoder.readout", of.decoder + of.z + of.embedding, of.decoder),
       }) {
    members += ",\n    " + member;
  }
  arrays.text += "inline constexpr ::" + runtime + "::Places places{" + members + "};\n";
  return "&places";
}

/// The members of a `Model` from `embedding` on.
std::string network_members(Arrays& arrays, const Description& description,
                            const std::string& runtime) {
  const Settings& settings = description.settings;
  const Widths of(description);
  const std::int64_t state = settings.cell == "lstm" ? 2 * of.decoder : of.decoder;
  const auto z_in = [&](const char* place) {
    return kit::has_word(settings.z_into, place) ? of.z : 0;
  };
  const std::int64_t to_output =
      settings.has_places() ? of.decoder : of.decoder + of.embedding + z_in("output");
  arrays.leave_out("posterior.logvar.weight");
  arrays.leave_out("posterior.logvar.bias");
  std::string members = std::to_string(of.embedding);
  for (const std::string& member : {
           arrays.add("encoder.embedding.weight", {of.symbols, of.embedding}),
           arrays.add_cell("encoder", settings.cell, of.embedding, of.encoder),
           arrays.add_cell("encoder", settings.cell, of.embedding, of.encoder, "_reverse"),
           arrays.add_linear("posterior.mu", 2 * of.encoder, of.z),
           arrays.add("decoder.embedding.weight", {of.symbols, of.embedding}),
           arrays.add("decoder.tags.weight", {of.tags, of.embedding}),
           arrays.add_linear("decoder.initial", z_in("h0") + of.global + of.embedding, state),
           arrays.add_cell("decoder", settings.cell, 2 * of.embedding + z_in("inputs") + of.global,
                           of.decoder),
           arrays.add_linear("decoder.output", to_output, of.symbols),
           places_member(arrays, settings, of, runtime),
       }) {
    members += ",\n    " + member;
  }
  return members;
}

}  // namespace

namespace {

/// The runtime, in a namespace named by what it is: headers of several versions of this program may
/// stand in one, and each finds its own.
std::string runtime_of(const std::string& tag) {
  std::string text(runtime_text);
  for (const std::string name : {runtime_namespace, runtime_guard}) {
    for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at)) {
      at += name.size();
      text.insert(at, "_" + tag);
    }
  }
  return text;
}

/// What stands in the namespace: the arrays, the model and `inflect`.
std::string model_text(std::string_view file, const Safetensors& content,
                       const std::string& runtime) {
  const Description description = from_metadata(file, content.metadata);
  require_supported(file, description.settings);
  Arrays arrays(file, content);
  const std::string network = network_members(arrays, description, runtime);
  arrays.finish();

  const vaecollapse::reinflection::TagSyntax syntax = row_format(description.settings).tags;
  const auto truth = [](bool value) { return value ? "true" : "false"; };
  const bool expanded =
      description.features.set_values() == vaecollapse::reinflection::SetValues::expanded;
  const std::u32string_view characters = description.vocabulary.characters();
  std::string tags;
  for (const std::string& tag : description.features.names()) tags += "\n" + in_quotes(tag) + ",";
  std::string text = "namespace weights {\n";
  text.append("inline constexpr char32_t characters[] = {")
      .append(as_code_points(characters))
      .append("0};\n")
      .append(array_of("std::string_view", "tags", tags))
      .append(arrays.text)
      .append("inline constexpr ::" + runtime + "::Model model{\n    {characters, ")
      .append(std::to_string(characters.size()) + "}, tags, char{" +
              std::to_string(int{syntax.separator}) + "}, " + truth(syntax.bare) + ", ")
      .append(truth(expanded));
  for (const char* place : {"h0", "inputs", "output"}) {
    text.append(", ").append(truth(kit::has_word(description.settings.z_into, place)));
  }
  text.append(",\n    ").append(network).append("};\n}  // namespace weights\n\n");
  text.append(
      "using weights::model;\n\n"
      "/// The form of `source` that `msd` asks for, both in UTF-8.\n"
      "inline std::string inflect(std::string_view source, std::string_view msd) {\n"
      "  return ::" +
      runtime +
      "::inflect(model, source, msd);\n"
      "}\n");
  return text;
}

std::string hash_of(std::string_view text) {
  vaecollapse::Hash hash;
  hash.add(text);
  return to_string(hash);
}

}  // namespace

std::string to_cpp_header(std::string_view file, const Safetensors& content,
                          std::string_view name) {
  if (const std::string fault = fault_of_namespace(name); !fault.empty()) {
    raise(vaecollapse::Error("--namespace: found '" + std::string(name) + "', expected " + fault));
  }
  const std::string runtime = hash_of(runtime_text), space(name);
  const std::string model = model_text(file, content, runtime_namespace + ("_" + runtime));
  // Two models of one name are an error in one source and stay apart in two.
  const std::string guard = "VAECOLLAPSE_MODEL_IN_" + space, hash = hash_of(model);
  std::string text = "// Made by reinflect " VAECOLLAPSE_VERSION_STRING " export.\n";
  text.append(runtime_of(runtime))
      .append("\n#if defined(" + guard + ") && " + guard + " != 0x" + hash + "U\n")
      .append("#error \"two models in the namespace " + space)
      .append(": export one with another --namespace\"\n")
      .append("#elif !defined(" + guard + ")\n#define " + guard + " 0x" + hash + "U\n\n")
      .append("namespace " + space + "::inline model_" + hash + " {\n\n")
      .append(model)
      .append("\n}  // namespace " + space + "::inline model_" + hash + "\n\n#endif\n");
  return text;
}

}  // namespace reinflection

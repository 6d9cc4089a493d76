// A trained model at work in a program that cannot train: reads the model.safetensors of
// `reinflect train` and inflects one word. Sizes, characters and tags come from the file.
//   embed_model MODEL.safetensors WORD MSD
// from_header.cpp beside this does the same without the library and without a file.
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/io/json.hpp>
#include <vaecollapse/io/model.hpp>
#include <vaecollapse/model/decode.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>
#include <vaecollapse/tasks/reinflection/network.hpp>

namespace vc = vaecollapse;

namespace {

class Inflector {
 public:
  explicit Inflector(const std::string& file) : Inflector(file, vc::read_safetensors(file)) {}

  std::string operator()(const std::string& word, const std::string& msd) const {
    vc::reinflection::Example example;
    example.source = vc::utf8::decode(word);
    example.tags = vc::reinflection::parse_msd(msd);
    const vc::reinflection::Corpus corpus(std::span(&example, 1), vocabulary_, features_);
    const vc::Row row = 0;
    const vc::Batch batch(corpus, std::span(&row, 1));
    vc::Workspace workspace(parameters_);
    const auto z = network_.posterior().mean(network_.encode(workspace, batch));
    const auto guesses =
        vc::decode(workspace, network_.decoder(), z, batch.tags(), *batch.source().plan);
    return vc::utf8::encode(vocabulary_.decode(guesses.front().front().ids));
  }

 private:
  using Json = nlohmann::json;

  Inflector(const std::string& file, const vc::Safetensors& content)
      : vocabulary_(
            vc::utf8::decode(vocabulary_of(file, content)["characters"].get<std::string>())),
        features_(vocabulary_of(file, content)["tags"].get<std::vector<std::string>>()),
        network_(make_network(known_config_of(file, content))),
        parameters_(layout_) {
    vc::load_parameters(file, content, parameters_);
  }

  static Json vocabulary_of(const std::string& file, const vc::Safetensors& content) {
    return vc::parse_json(file, content.metadata.at("vocabulary"));
  }

  /// What a model may also have and this program leaves out would change its words.
  static Json known_config_of(const std::string& file, const vc::Safetensors& content) {
    struct Known {
      const char* name;
      std::string_view value;
    };
    Json config = vc::parse_json(file, content.metadata.at("config"));
    for (const auto& [name, value] :
         {Known{"cell", R"("gru")"}, Known{"decoder", R"("gru")"}, Known{"latent_per_place", "0"},
          Known{"z_into", R"("h0,inputs")"}, Known{"encoder_state_bypass", "false"},
          Known{"tag_embedding", "0"}, Known{"prior", R"("gaussian")"},
          Known{"head_transform", R"("none")"}, Known{"heads", R"("linear")"}}) {
      if (!config.contains(name)) continue;
      const std::string found = config[name].dump();
      if (found == value) continue;
      vc::raise(vc::Error(std::string("a model with ").append(name) + " " + found + ", expected " +
                          std::string(value)));
    }
    return config;
  }

  vc::reinflection::GaussianNetwork make_network(const Json& config) {
    return vc::reinflection::make_gaussian_network(layout_,
                                                   {.symbols = vocabulary_.symbols(),
                                                    .tags = features_.size(),
                                                    .embedding = config["embedding"],
                                                    .encoder_hidden = config["encoder_hidden"],
                                                    .decoder_hidden = config["decoder_hidden"],
                                                    .latent = config["latent"],
                                                    .attention = config["attention"]});
  }

  vc::Vocabulary vocabulary_;
  vc::reinflection::Features features_;
  vc::Layout layout_;
  vc::reinflection::GaussianNetwork network_;
  vc::Parameters<float> parameters_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "usage: embed_model MODEL.safetensors WORD MSD\n");
    return 2;
  }
  try {
    const Inflector inflect(arguments[1]);
    std::printf("%s\n", inflect(arguments[2], arguments[3]).c_str());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "embed_model: %s\n", error.what());
    return 1;
  }
}

#include "kit/report/data.hpp"

#include <utility>

#include <vaecollapse/io/file.hpp>
#include <vaecollapse/version.hpp>

#include "kit/report/page.hpp"
#include "kit/standard_output.hpp"

namespace kit {

using Json = nlohmann::ordered_json;

Json report_data(std::string_view program, const std::string& command, vaecollapse::RowKind kind) {
  return {{"program", program},
          {"row", name_of(kind)},
          {"version", VAECOLLAPSE_VERSION_STRING},
          {"command", command},
          {"data", nullptr},
          {"points", nullptr},
          {"runs", Json::array()},
          {"comparisons", Json::array()},
          {"posteriors", Json::array()}};
}

Json points_part(const ReportPoints& points,
                 const std::vector<vaecollapse::Labelling>& labellings) {
  Json labels = Json::array();
  for (const auto& [name, values, of_word] : labellings) {
    labels.push_back({{"name", name}, {"values", values}, {"of", of_word}});
  }
  return {{"about", points.about},
          {"words", points.words},
          {"gold", points.gold},
          {"tags", points.tags},
          {"labels", std::move(labels)}};
}

void write_report(const std::filesystem::path& out, const Json& data) {
  vaecollapse::write_file(out, report_page(data));
  const auto print_sentences = [&](const char* parts, const char* name) {
    for (const Json& part : data[parts]) {
      print(part[name].get<std::string>() + ": " + part["sentence"].get<std::string>() + "\n");
    }
  };
  print_sentences("runs", "name");
  print_sentences("comparisons", "folder");
  print("written to " + out.string() + "\n");
}

}  // namespace kit

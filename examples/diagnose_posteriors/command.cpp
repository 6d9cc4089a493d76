#include "command.hpp"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/diagnose/posterior_diagnosis.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/version.hpp>

#include "kit/diagnosis_text.hpp"
#include "kit/mistakes.hpp"
#include "kit/options.hpp"
#include "kit/report/data.hpp"
#include "kit/report/page.hpp"
#include "kit/shell.hpp"
#include "kit/standard_output.hpp"
#include "posterior_file.hpp"
#include "words.hpp"

namespace posteriors {

namespace {

namespace fs = std::filesystem;

struct DiagnoseArguments {
  std::string file, html, name;
  std::string row = "row";
  std::uint64_t seed = 1;
  std::uint64_t information_rows = 8192;
  bool json = false;
};

void describe(CLI::App& app, DiagnoseArguments& arguments) {
  app.add_option("FILE", arguments.file,
                 "safetensors with mu and logvar [N x Z], or log_q and log_prior [N]")
      ->type_name("")
      ->required();
  kit::add_flag(app, "--json", arguments.json, "print a JSON object");
  app.add_option("--html", arguments.html, "write a page, too, that needs no network")
      ->type_name("FILE");
  app.add_option("--name", arguments.name, "of the model, in the page; else that of the file")
      ->type_name("NAME");
  app.add_option("--row", arguments.row, "what a row is: image, sentence")
      ->type_name("NAME")
      ->capture_default_str();
  kit::add_number(app, "--information-rows", arguments.information_rows,
                  "rows for the mutual information, at most: time grows with their square", 2, 1e6);
  kit::add_number(app, "--seed", arguments.seed, "of z, where the file has none", 0,
                  kit::largest_count);
  app.footer(
      "Tensors of the file, F32, F64, F16 or BF16, for N rows, Z dimensions, S draws of z:\n" +
      tensor_help() +
      "Other tensors are passed over. What is not there is not guessed; nll and nll_permuted show\n"
      "whether the decoder uses z.\n\n"
      "Example:\n"
      "  diagnose_posteriors posteriors.safetensors --html posteriors.html\n\n"
      "Exit status: 0 healthy, 3 collapsed (z is not used, whatever the rate), 4 otherwise\n"
      "unhealthy or not known, 2 bad input.\n");
}

void check(const DiagnoseArguments& arguments, kit::Mistakes& mistakes) {
  std::error_code none;
  if (!arguments.html.empty() && fs::equivalent(arguments.file, arguments.html, none)) {
    mistakes.add("--html: found the file that is read, expected another");
  }
}

/// The command that makes the page again.
std::string command_line(const DiagnoseArguments& arguments) {
  std::string line = "diagnose_posteriors " + kit::shell_word(arguments.file);
  const auto add = [&line](const char* option, const std::string& value) {
    line.append(" ").append(option).append(" ").append(kit::shell_word(value));
  };
  const DiagnoseArguments usual;
  add("--html", arguments.html);
  if (!arguments.name.empty()) add("--name", arguments.name);
  if (arguments.row != usual.row) add("--row", arguments.row);
  if (arguments.information_rows != usual.information_rows) {
    add("--information-rows", std::to_string(arguments.information_rows));
  }
  if (arguments.seed != usual.seed) add("--seed", std::to_string(arguments.seed));
  return line;
}

void write_page(const DiagnoseArguments& arguments, const Findings& findings) {
  nlohmann::ordered_json data = kit::report_data("diagnose_posteriors", command_line(arguments));
  data["data"] = {{"file", arguments.file}, {"rows", findings.diagnosis.rows}};
  const std::string name =
      arguments.name.empty() ? fs::path(arguments.file).stem().string() : arguments.name;
  data["posteriors"] = {{{"name", name}, {"row", arguments.row}, {"diagnosis", json_of(findings)}}};
  vaecollapse::write_file(arguments.html, kit::report_page(data));
  std::fprintf(stderr, "written to %s\n", arguments.html.c_str());
}

int run(const DiagnoseArguments& arguments) {
  kit::Mistakes mistakes;
  check(arguments, mistakes);
  mistakes.raise_if_any();
  PosteriorFile file = read_posteriors(arguments.file);
  const vaecollapse::StoredOptions options{
      .seed = arguments.seed,
      .information_rows = static_cast<vaecollapse::Index>(arguments.information_rows),
      .row = arguments.row};
  Findings findings{vaecollapse::diagnose(file.stored, options), arguments.row,
                    std::move(file.absent), std::move(file.passed_over)};
  findings.diagnosis.verdict.advice = advice(findings.diagnosis);
  if (!arguments.html.empty()) write_page(arguments, findings);
  using Handler = nlohmann::ordered_json::error_handler_t;
  kit::print(arguments.json ? json_of(findings).dump(2, ' ', false, Handler::replace) + "\n"
                            : text_of(findings));
  return kit::status_of(findings.diagnosis.verdict);
}

}  // namespace

kit::Command parse_command_line(int count, const char* const* arguments) {
  kit::CommandLine program("diagnose_posteriors",
                           "Says whether a VAE of any library uses its latent variable z, from a "
                           "file of its posteriors.",
                           VAECOLLAPSE_VERSION_STRING);
  program.set(describe, run, check);
  return program.parse(count, arguments);
}

}  // namespace posteriors

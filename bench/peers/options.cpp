// The command line of bench_peers.
#include "peers/options.hpp"

#include <charconv>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace vaecollapse::bench {
namespace {

/// "T,B,I,H" or nothing.
std::optional<PeerShape> parse_shape(std::string_view text) {
  PeerShape shape;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::int64_t* size : {&shape.steps, &shape.batch, &shape.input, &shape.hidden}) {
    const auto [stopped, error] = std::from_chars(at, end, *size);
    if (error != std::errc{} || *size < 1) return std::nullopt;
    at = stopped;
    if (size == &shape.hidden) break;
    if (at == end || *at++ != ',') return std::nullopt;
  }
  if (at != end) return std::nullopt;
  return shape;
}

std::string check_shape(const std::string& text) {
  if (parse_shape(text)) return {};
  return "found '" + text + "', expected T,B,I,H: four whole numbers of at least 1";
}

std::vector<PeerShape> usual_shapes(Mode mode) {
  if (mode == Mode::train_step) return {{14, 64, 64, 256}};
  if (mode == Mode::text_step) return {{22, 32, 256, 256}};
  if (mode == Mode::output_layer) return {{20, 35, 10000, 256}};
  std::vector<PeerShape> shapes;
  for (const std::int64_t hidden : {128, 256, 512}) {
    for (const std::int64_t batch : {1, 16, 32, 64, 256}) shapes.push_back({20, batch, 64, hidden});
  }
  return shapes;
}

}  // namespace

PeerOptions parse_options(int count, char** arguments) {
  PeerOptions options;
  std::vector<std::string> shapes;
  std::map<std::string, Mode> modes;
  for (const Mode mode : {Mode::forward, Mode::forward_backward, Mode::inference, Mode::train_step,
                          Mode::text_step, Mode::output_layer}) {
    modes[to_string(mode)] = mode;
  }
  CLI::App app(
      "The same recurrent layer, output layer or training step in this library, libtorch and "
      "oneDNN:\n"
      "checked to agree, then timed in turn. Times are nanoseconds per token and example, of "
      "training steps per\n"
      "example; a ratio above 1 means that this library is faster.");
  app.add_flag("--tsv", options.tsv, "one line a shape and peer, separated by tabs");
  app.add_option(
         "--shape", shapes,
         "T,B,I,H: steps, batch, input and hidden width, with --mode output_layer the number of "
         "symbols in place of the input width; may be given again")
      ->take_all()
      ->allow_extra_args(false)
      ->check(check_shape);
  app.add_option("--threads", options.threads, "of every library")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  std::string mode = to_string(options.mode);
  app.add_option("--mode", mode, "what is timed")
      ->capture_default_str()
      ->check(CLI::IsMember(modes));
  const std::map<std::string, PeerCell> cells{{"gru", PeerCell::gru}, {"lstm", PeerCell::lstm}};
  std::string cell = to_string(options.cell);
  app.add_option("--cell", cell, "the recurrent layer, which is a GRU in --mode train_step")
      ->capture_default_str()
      ->check(CLI::IsMember(cells));
  app.add_flag("--attention", options.attention,
               "with --mode train_step: attention over the tags at every step");
  app.add_flag("--source-attention", options.source_attention,
               "with --mode train_step: a latent for every place of the source, and a decoder that "
               "attends to them");
  app.add_option("--samples", options.samples, "of each library, once the machine is quiet")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  try {
    app.parse(count, arguments);
    options.mode = modes.at(mode);
    options.cell = cells.at(cell);
    if (options.cell != PeerCell::gru &&
        (options.mode == Mode::train_step || options.mode == Mode::output_layer)) {
      throw CLI::ValidationError("--cell",
                                 "the training step is that of a GRU, and an output "
                                 "layer has no cell");
    }
    const bool attends = options.attention || options.source_attention;
    if (attends && options.mode != Mode::train_step) {
      throw CLI::ValidationError(options.attention ? "--attention" : "--source-attention",
                                 "is for --mode train_step only");
    }
    if (options.attention && options.source_attention) {
      throw CLI::ValidationError("--source-attention", "excludes --attention");
    }
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  for (const std::string& shape : shapes) options.shapes.push_back(*parse_shape(shape));
  if (options.shapes.empty()) options.shapes = usual_shapes(options.mode);
  return options;
}

}  // namespace vaecollapse::bench

// Options of commands that ask a trained model something.
#pragma once

#include <cstdint>
#include <string>

#include <CLI/CLI.hpp>

#include "kit/options.hpp"
#include "kit/search.hpp"

namespace kit {

/// `--threads`.
inline void add_threads(CLI::App& app, std::uint64_t& threads) {
  add_number(app, "--threads", threads, "0: one for each core; results do not depend on it", 0,
             1024);
}

/// `--model`, which must be given, and `--threads`.
inline void add_model(CLI::App& app, std::string& model, std::uint64_t& threads) {
  app.add_option("--model", model, "folder of a run, or a model file")
      ->type_name("DIR")
      ->required();
  add_threads(app, threads);
}

/// `--beam` and `--length-normalisation`.
inline void add_search(CLI::App& app, Search& search) {
  add_number(app, "--beam", search.beam,
             "hypotheses that grow at each step, beside that of greedy search; 1: greedy search", 1,
             1000);
  add_number(app, "--length-normalisation", search.length_normalisation,
             "rank hypotheses by log p / length^X", 0.0, 10.0);
}

/// `--json`.
inline void add_json(CLI::App& app, bool& json) {
  add_flag(app, "--json", json, "print a JSON object");
}

}  // namespace kit

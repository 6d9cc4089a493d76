// The report as one HTML file: report.html with its style, the plotting library (vendor/), its
// script and the data inside, so that it needs nothing else. Drawing is the script's; C++ gathers
// the data, one JSON object:
//
//   program, version, command   its name, and how it was called
//   row                         what a row of the runs is called: word, sentence
//   data                        {file, rows}; null without runs
//   points                      {about, words, gold, tags, labels: [{name, values, of}]}: the words
//                               of the latent maps; `of` are places in `values`; null without runs
//   runs                        [run]
//   comparisons                 [comparison]
//   posteriors                  [{name, row, diagnosis}]: what `diagnose_posteriors --json` prints
//   of
//                               the posteriors that a file holds, and what it calls a row
//
//   run: name, folder, sentence, train_command, config, notes
//     epochs                    the objects of metrics.jsonl
//     diagnosis                 what the command `diagnose --json` prints
//     groupings                 [{label, values, purity, purity_chance, silhouette, probe,
//                               probe_chance, is_grouped}]
//     maps                      [{name, measure, x, y}], a point for each of `points.words`
//     predictions               the guess of the model for each of `points.words`
//     errors                    {rows, wrong, shown: [{line, source, tags, guess, pieces}]};
//                               pieces: [["=" | "-" | "+", text]], from the right form to the guess
//     interpolations            [{from, to, tags, points: [{t, word, log_probability}]}]
//     samples                   [{tags, words}], from the prior; of sentences each a word here
//     attention                 [{source, tags, symbols, weights}], a row of weights a symbol; null
//                               for a model without attention
//     place_attention           [{source, places, symbols, weights}] of a z that is a sequence,
//     null
//                               for a model whose z is one vector
//
//   comparison: folder, sentence
//     columns, rows             the table, cells as text
//     results                   [{method, seed, rate, nll, accuracy, collapsed, epochs}], sentences
//                               without accuracy
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace kit {

/// The page. Text of the data cannot become markup or script, whatever it holds.
std::string report_page(const nlohmann::ordered_json& data);

}  // namespace kit

#include "compare/run.hpp"

#include <chrono>
#include <span>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/io/checkpoint.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/metrics/active_units.hpp>
#include <vaecollapse/metrics/edit_distance.hpp>
#include <vaecollapse/metrics/exact_match.hpp>
#include <vaecollapse/metrics/knn_purity.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>
#include <vaecollapse/version.hpp>

#include "kit/compare/table.hpp"
#include "settings.hpp"
#include "trained_model.hpp"
#include "training.hpp"

namespace reinflection {

namespace {

using Json = nlohmann::ordered_json;
using vaecollapse::Hash;
using vaecollapse::Index;
using vaecollapse::InputError;
using vaecollapse::raise;
using vaecollapse::RowScores;
using vaecollapse::reinflection::Corpus;
using vaecollapse::reinflection::Example;

/// Raised when scores of the definitions before may no longer be used.
constexpr std::uint64_t scoring_format = 3;

/// Of the executable that runs; empty where the system does not show it.
std::string hash_of_program() {
  const std::filesystem::path link = "/proc/self/exe";
  std::error_code unknown;
  if (!std::filesystem::exists(link, unknown)) return "";
  Hash hash;
  hash.add(vaecollapse::read_text_file(link));
  return to_string(hash);
}

/// The vectors of the rows' scores, by their names in the file.
template <class Scores>
auto columns_of(Scores& rows) {
  return std::array<std::pair<const char*, decltype(&rows.right)>, 7>{
      {{"right", &rows.right},
       {"distance", &rows.distance},
       {"right_permuted", &rows.right_permuted},
       {"distance_permuted", &rows.distance_permuted},
       {"nll", &rows.nll},
       {"rate", &rows.rate},
       {"nll_permuted", &rows.nll_permuted}}};
}

void score_guesses(const std::vector<Example>& rows, const std::vector<RankedGuesses>& guesses,
                   std::vector<double>& right, std::vector<double>& distance) {
  vaecollapse::EditDistance edits;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::u32string guess = guesses[i].empty() ? std::u32string() : guesses[i].front().word;
    right.push_back(vaecollapse::exact_match(guess, rows[i].target) ? 1 : 0);
    distance.push_back(static_cast<double>(edits(guess, rows[i].target)));
  }
}

RowScores score_rows(TrainedModel& model, const std::vector<Example>& rows, const Corpus& corpus) {
  RowScores scores;
  score_guesses(rows, model.guess(corpus), scores.right, scores.distance);
  score_guesses(rows, model.guess_with_permuted_codes(corpus), scores.right_permuted,
                scores.distance_permuted);
  vaecollapse::ElboRows elbo = model.elbo_rows(corpus);
  scores.nll = std::move(elbo.nll);
  scores.rate = std::move(elbo.rate);
  scores.nll_permuted = model.nll(corpus, model.posteriors(corpus).z, model.permuted_rows(corpus));
  return scores;
}

/// A view of codes that lie one after the other.
vaecollapse::View<const float> view(const std::vector<float>& codes, Index count) {
  return {codes.data(), static_cast<Index>(codes.size()) / count, count};
}

double active_units(TrainedModel& model, const Corpus& corpus) {
  const std::vector<float> codes = model.codes(corpus);
  vaecollapse::ActiveUnits units;
  units.add(view(codes, corpus.size()));
  return static_cast<double>(units.count());
}

/// The lemma of each form, as a number. \pre there are forms
std::span<const int> lemmas_of(const LabelledWords& forms) {
  return forms.labellings.front().of_word;
}

std::optional<double> lemma_purity(TrainedModel& model, const LabelledWords& latent) {
  if (latent.words.empty()) return std::nullopt;
  const Description& description = model.description();
  const Corpus corpus(latent.words, description.vocabulary, description.features);
  const std::vector<float> codes = model.codes(corpus);
  return vaecollapse::knn_purity(view(codes, corpus.size()), lemmas_of(latent));
}

RunResult score(const PlannedRun& planned, const ComparisonData& data) {
  const Settings& settings = planned.run.settings;
  TrainedModel model(planned.folder, settings.threads, Search{});
  const Description& description = model.description();
  const Corpus dev(data.rows.dev, description.vocabulary, description.features);
  return {.method = planned.method,
          .scoring = planned.scoring,
          .program = planned.program,
          .seed = settings.seed,
          .rows = score_rows(model, data.rows.dev, dev),
          .active_units = active_units(model, dev),
          .lemma_purity = lemma_purity(model, data.latent)};
}

[[noreturn]] void refuse_result(std::string_view file) {
  raise(InputError(file, 0, "something else", "the result of a run; remove it to run again"));
}

bool is_filled(const RowScores& rows) {
  for (const auto& [name, column] : columns_of(rows)) {
    const bool may_lack = column == &rows.nll_permuted && column->empty();
    if (column->size() != rows.right.size() && !may_lack) return false;
  }
  return !rows.right.empty();
}

}  // namespace

std::string to_json(const RunResult& result) {
  Json rows = Json::object();
  for (const auto& [name, column] : columns_of(result.rows)) {
    if (!column->empty()) rows[name] = *column;
  }
  Json object{{"method", result.method},
              {"scoring", result.scoring},
              {"program", result.program},
              {"seed", result.seed},
              {"active_units", result.active_units},
              {"lemma_purity", nullptr},
              {"seconds", result.seconds},
              {"rows", std::move(rows)}};
  if (result.lemma_purity) object["lemma_purity"] = *result.lemma_purity;
  return object.dump() + "\n";
}

RunResult read_result(std::string_view file, std::string_view json) {
  RunResult result;
  try {
    const Json object = Json::parse(json);
    object.at("method").get_to(result.method);
    object.at("scoring").get_to(result.scoring);
    result.program = object.value("program", "");  // older runs do not say it
    object.at("seed").get_to(result.seed);
    object.at("active_units").get_to(result.active_units);
    if (const Json& purity = object.at("lemma_purity"); !purity.is_null()) {
      result.lemma_purity = purity.get<double>();
    }
    object.at("seconds").get_to(result.seconds);
    const Json& rows = object.at("rows");
    for (const auto& [name, column] : columns_of(result.rows)) {
      const bool may_lack = column == &result.rows.nll_permuted && !rows.contains(name);
      if (!may_lack) rows.at(name).get_to(*column);
    }
  } catch (const Json::exception&) {
    refuse_result(file);
  }
  if (!is_filled(result.rows)) refuse_result(file);
  return result;
}

std::optional<RunResult> PlannedRun::trained() const {
  std::error_code unknown;
  if (!std::filesystem::exists(result_file(), unknown)) return std::nullopt;
  const std::string file = result_file().string();
  return read_result(file, vaecollapse::read_text_file(file));
}

std::optional<RunResult> PlannedRun::finished() const {
  std::optional<RunResult> result = trained();
  if (result && result->scoring != scoring) result.reset();
  return result;
}

DataHashes::DataHashes(const ComparisonData& data) {
  Hash of_rows;
  of_rows.add(VAECOLLAPSE_VERSION_STRING);
  add_rows(of_rows, data.rows.train);
  add_rows(of_rows, data.rows.dev);
  rows = of_rows.value();
  Hash of_scoring;
  of_scoring.add(std::to_string(scoring_format));
  add_rows(of_scoring, data.latent.words);
  if (!data.latent.words.empty()) {
    for (const int lemma : lemmas_of(data.latent)) of_scoring.add(std::to_string(lemma));
  }
  scoring = to_string(of_scoring);
  program = hash_of_program();
}

PlannedRun plan(const std::filesystem::path& out, std::string_view method, Settings settings,
                const DataHashes& hashes) {
  TrainingRun run = prepare(std::move(settings));
  // The rows count, and not the names of their files.
  Settings hashed = run.settings;
  hashed.train = hashed.dev = "";
  Hash hash(hashes.rows);
  hash.add(setting_table.to_json(hashed, kit::Content::of_model));
  const std::string name =
      std::string(method) + "-" + std::to_string(run.settings.seed) + "-" + to_string(hash);
  run.settings.out = (out / "runs" / name).string();
  std::filesystem::path folder = run.settings.out;
  return {std::string(method), std::move(run), std::move(folder), hashes.scoring, hashes.program};
}

std::optional<RunResult> make(const PlannedRun& planned, const ComparisonData& data,
                              vaecollapse::RunWatcher& watcher) {
  const std::optional<RunResult> before = planned.trained();
  double seconds = 0;
  if (!before) {
    const vaecollapse::SessionResult trained =
        train(planned.run, data.rows, run_folder(planned.folder), watcher,
              {.weights = vaecollapse::KeptWeights::last_epoch, .resume = planned.folder});
    if (trained.end == vaecollapse::SessionResult::End::stopped) return std::nullopt;
    seconds = trained.kept.seconds;
  }
  const auto start = std::chrono::steady_clock::now();
  RunResult result = score(planned, data);
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
  result.seconds = before ? before->seconds : seconds + passed.count();
  if (before) result.program = before->program;
  vaecollapse::write_file(planned.result_file(), to_json(result));
  vaecollapse::prune_checkpoints(planned.folder, 0);
  return result;
}

}  // namespace reinflection

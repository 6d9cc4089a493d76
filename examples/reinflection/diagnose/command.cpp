#include "diagnose/command.hpp"

#include <optional>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>

#include "corpora.hpp"
#include "kit/diagnosis_text.hpp"
#include "kit/report/epochs.hpp"
#include "kit/standard_output.hpp"
#include "latent_space.hpp"
#include "trained_model.hpp"

namespace reinflection {

namespace {

/// Of which the latent space is looked at by: neighbours are looked for among all pairs.
constexpr std::size_t most_words = 3000;

using vaecollapse::Grouping;
using vaecollapse::InputError;
using vaecollapse::raise;
using vaecollapse::reinflection::Example;

std::vector<Grouping> group_words(TrainedModel& model, const LabelledWords& words) {
  const Description& description = model.description();
  const vaecollapse::reinflection::Corpus corpus(words.words, description.vocabulary,
                                                 description.features);
  const std::vector<float> codes = model.word_vectors(corpus);
  return vaecollapse::score_groupings(
      {codes.data(), static_cast<vaecollapse::Index>(codes.size()) / corpus.size(), corpus.size()},
      words.labellings);
}

/// How training ended, where a run's folder says it: a model is judged without it, too.
std::optional<double> gain_of(const std::string& model) {
  try {
    return kit::accuracy_gain(kit::read_epochs(kit::folder_of(model)));
  } catch (const InputError&) {
    return std::nullopt;
  }
}

}  // namespace

int diagnose_command(const DiagnoseArguments& arguments) {
  TrainedModel model(arguments.model, arguments.threads, kit::Search{});
  const Description& description = model.description();
  kit::check_inputs({{"--data", arguments.data}, {"--latent-data", arguments.latent_data}});
  const Reading reading = reading_of(description.settings, arguments.format);
  const std::vector<Example> rows =
      load_data(arguments.data, reading, description, arguments.model);
  if (rows.size() < 2) {
    raise(InputError(kit::shown_name(arguments.data), 0, "a single row",
                     "two at least, to exchange their z"));
  }
  const Known known{description.vocabulary, description.features};
  const FormFile forms{arguments.latent_data,
                       latent_reading_of(description.settings, arguments.format), known};
  const std::vector<Grouping> groupings =
      group_words(model, read_labelled_words(forms, arguments.data, rows, most_words));
  const vaecollapse::Diagnosis found =
      model.diagnose(rows, arguments.options, gain_of(arguments.model));
  kit::print(arguments.json ? kit::to_json(found, groupings) : kit::to_text(found, groupings));
  return kit::status_of(found.verdict);
}

}  // namespace reinflection

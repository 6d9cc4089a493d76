#include "text_vae/diagnose_command.hpp"

#include <vaecollapse/core/check.hpp>

#include "kit/diagnosis_text.hpp"
#include "kit/inputs.hpp"
#include "kit/standard_output.hpp"
#include "text_vae/sentences.hpp"
#include "text_vae/trained_model.hpp"

namespace text_vae {

int diagnose_command(const DiagnoseArguments& arguments) {
  TrainedModel model(arguments.model, arguments.threads);
  model.require_z("diagnose");
  const auto corpus = read_sentences(arguments.data, model.description());
  if (corpus.size() < 2) {
    vaecollapse::raise(vaecollapse::InputError(kit::shown_name(arguments.data), 0,
                                               "a single sentence",
                                               "two at least, to exchange their z"));
  }
  const vaecollapse::Diagnosis found = model.diagnose(corpus, arguments.options);
  kit::print(arguments.json ? kit::to_json(found, {}) : kit::to_text(found, {}));
  return kit::status_of(found.verdict);
}

}  // namespace text_vae

// Model files: one that is taken is as large as it says, and answers a row, whatever its weights.
#include <string>
#include <vector>

#include <vaecollapse/tasks/reinflection/corpus.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>

#include "fuzz/support.hpp"
#include "trained_model.hpp"

namespace task = vaecollapse::reinflection;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file(data, size);
  const auto use = [&] {
    reinflection::TrainedModel model(file.path(), 1, {.beam = 2, .nbest = 2});
    const auto& description = model.description();
    const std::vector<task::Example> rows{
        task::parse_row("row", 1, "ab\tn=P", task::Task::reinflection, task::Answers::optional)};
    const task::Corpus corpus(rows, description.vocabulary, description.features);
    const auto guesses = model.guess(corpus);
    fuzz::require(guesses.size() == 1 && guesses[0].size() <= 2, "a row has its guesses");
  };
  (void)fuzz::takes(use, file.path());
  return 0;
}

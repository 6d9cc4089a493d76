// A session: a run that is stopped goes on to the same files, one of something else is refused, and
// one that diverges goes back.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/runs/session.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support/tiny_corpus.hpp"
#include "unit/io/temporary_folder.hpp"
#include "unit/runs/stopping_watcher.hpp"

using namespace vaecollapse;
using vaecollapse::test::StoppingWatcher;
using vaecollapse::test::TemporaryFolder;
using vaecollapse_test::TinyTask;

namespace {

using Model = Seq2SeqVae<BiGruEncoder, GruDecoder, FreeBits<1>, CharacterDropout<0.1>>;
using TinyTrainer = Trainer<Model, Adam<float>>;

TrainOptions usual_options() {
  return {.epochs = 3, .batch = 20, .learning_rate = 1e-2, .probe = 0, .seed = Seed{5}};
}

/// A run of a small task in a folder.
struct Run {
  RunFolder folder;
  TinyTask task;
  Parameters<float> parameters{task.layout, Seed{3}};
  Team team{1};
  TinyTrainer trainer;
  StoppingWatcher<TinyTrainer> watcher;
  Session<TinyTrainer> session;

  explicit Run(const std::filesystem::path& path, const std::string& data_hash = "rows",
               std::uint64_t stop_at = 0, const TrainOptions& options = usual_options())
      : folder(path),
        trainer(Model(task.network, FreeBits<1>(6.0), CharacterDropout<0.1>{}), parameters,
                Adam<float>(), task.corpus, task.corpus, options, team),
        session(folder, "{\"a\": 1}", {.model = {{"config", "tiny"}}, .data_hash = data_hash},
                trainer, watcher, {.checkpoint_every = 2}) {
    watcher.trainer = &trainer;
    watcher.stop_at = stop_at;
  }

  bool resume(const std::filesystem::path& from) {
    return session.resume(from, [](std::string_view file, const Metadata& metadata) {
      if (metadata.at("config") != "tiny") raise(InputError(file, 0, "another", "tiny"));
    });
  }
};

/// The columns of metrics.csv without the times, which differ from run to run.
std::string without_times(const RunFolder& folder) {
  const std::string text = read_text_file(folder.metrics());
  std::string kept;
  int column = 0;
  for (const char c : text) {
    column = c == '\n' ? 0 : column + (c == ',' ? 1 : 0);
    if (column != 2 && column != 3) kept += c;
  }
  return kept;
}

}  // namespace

TEST_CASE("a run that is stopped and resumed fills its folder as one without a stop") {
  const TemporaryFolder whole, parts;
  Run once(whole.path());
  once.session.begin();
  const SessionResult at_once = once.session.run();
  CHECK(at_once.end == SessionResult::End::finished);
  CHECK(at_once.kept.best);

  Run begun(parts.path(), "rows", 6);
  begun.session.begin();
  CHECK(begun.session.run().end == SessionResult::End::stopped);

  Run resumed(parts.path());
  REQUIRE(resumed.resume(parts.path()));
  REQUIRE(resumed.watcher.notes.size() == 1);
  CHECK(resumed.watcher.notes.front().starts_with("goes on after step 6, from "));
  CHECK(resumed.session.run().step == at_once.step);
  CHECK(read_file(resumed.folder.model()) == read_file(once.folder.model()));
  CHECK(without_times(resumed.folder) == without_times(once.folder));

  Run after(parts.path());
  REQUIRE(after.resume(parts.path()));
  CHECK(after.session.run().end == SessionResult::End::finished_before);
}

TEST_CASE("a run tells that a plateau has lowered its learning rate") {
  const TemporaryFolder folder;
  auto options = usual_options();
  options.learning_rate = 1e-30;  // by which no weight changes, and no epoch is better
  options.plateau = PlateauOptions{.patience = 1, .times = 2, .from = 1};
  Run run(folder.path(), "rows", 0, options);
  run.session.begin();
  run.session.run();
  CHECK(run.watcher.notes ==
        std::vector<std::string>{"dev has not improved: the learning rate is now 5e-31, and the "
                                 "weights go back to those of the best epoch"});
}

TEST_CASE("a run goes on in another folder, and the first stays as it is") {
  const TemporaryFolder first, second;
  Run begun(first.path(), "rows", 6);
  begun.session.begin();
  begun.session.run();
  const auto before = first.names();

  Run moved(second.path());
  REQUIRE(moved.resume(first.path()));
  moved.session.run();
  CHECK(first.names() == before);
  CHECK(read_text_file(moved.folder.config()) == "{\"a\": 1}");
  CHECK(std::filesystem::exists(moved.folder.model()));
}

TEST_CASE("a checkpoint of other rows, or damaged, is refused; none is no mistake") {
  const TemporaryFolder folder;
  Run none(folder.path());
  CHECK(!none.resume(folder.path()));
  none.watcher.stop_at = 1;
  none.session.begin();
  none.session.run();

  Run other(folder.path(), "other rows");
  CHECK_THROWS_WITH_AS(other.resume(folder.path()),
                       (checkpoint_path(folder.path(), 1).string() +
                        ": found other training or dev rows, of hash rows, expected those that "
                        "are given, of hash other rows")
                           .c_str(),
                       InputError);
  write_file(checkpoint_path(folder.path(), 1), "damaged");
  Run damaged(folder.path());
  CHECK_THROWS_AS(damaged.resume(folder.path()), InputError);
  CHECK(damaged.watcher.notes.size() == 1);
}

namespace {

/// Makes steps of nothing, and diverges in step 5 until the learning rate is small.
struct DivergingTrainer {
  Parameters<float>& weights;
  std::uint64_t steps = 0, done_epochs = 0;
  double scale = 1;

  template <class Listener>
  void fit(Listener& listener) {
    while (!is_finished()) {
      if (steps == 4 && scale > 0.3) raise(DivergenceError("step 5 is not finite"));
      StepReport step;
      step.step = ++steps;
      listener.on_step(step);
      if (steps % 3 != 0) continue;
      EpochReport epoch;
      epoch.epoch = ++done_epochs;
      epoch.step = steps;
      epoch.best = true;
      listener.on_epoch(epoch);
    }
  }
  void request_stop() {}
  bool is_finished() const { return done_epochs == 3; }
  void scale_learning_rate(double factor) { scale *= factor; }
  double learning_rate() const { return 0.1 * scale; }
  void check_weights() const {}
  const Parameters<float>& parameters() const { return weights; }
  const Parameters<float>& evaluated_parameters() const { return weights; }
  std::uint64_t step() const { return steps; }
  std::uint64_t epoch_begin() const { return 3 * done_epochs; }
  void visit(Visitor& visitor) {
    visitor("steps", steps);
    visitor("epochs", done_epochs);
    visitor("scale", scale);
  }
};

/// What a run with so many rollbacks ends with: the error, or nothing.
std::string end_of(const TemporaryFolder& folder, std::uint64_t rollbacks,
                   std::vector<std::string>& notes) {
  Layout layout;
  layout.add("weight", Shape<1>{{2}}, Init::zeros());
  Parameters<float> parameters(layout, Seed{1});
  DivergingTrainer trainer{parameters};
  StoppingWatcher<DivergingTrainer> watcher;
  const RunFolder run(folder.path());
  Session session(run, "{}", {}, trainer, watcher, {.checkpoint_every = 1, .rollback = rollbacks},
                  {.roll_back = "allow some"});
  session.begin();
  std::string end;
  try {
    session.run();
  } catch (const DivergenceError& error) {
    end = error.what();
  }
  notes = watcher.notes;
  return end;
}

}  // namespace

TEST_CASE("a run that diverges goes back to where its epoch began, as often as it may") {
  const TemporaryFolder folder;
  std::vector<std::string> notes;
  CHECK(end_of(folder, 0, notes) == "step 5 is not finite; allow some");
  CHECK(notes.empty());
  CHECK(end_of(folder, 1, notes) == "step 5 is not finite; after 1 rollback there is none left");
  CHECK(end_of(folder, 2, notes).empty());
  CHECK(notes == std::vector<std::string>{
                     "step 5 is not finite",
                     "back to step 3, rollback 1 of 2: the learning rate is now 0.05",
                     "step 5 is not finite",
                     "back to step 3, rollback 2 of 2: the learning rate is now 0.025"});
}

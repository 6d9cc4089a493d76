// The folder of a run: what shows that one is there, what a new one removes, and who may work in
// it.
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/runs/folder_lock.hpp>
#include <vaecollapse/runs/run_folder.hpp>
#include <vaecollapse/runs/stop_signals.hpp>

#include "unit/io/temporary_folder.hpp"

using namespace vaecollapse;
using vaecollapse::test::TemporaryFolder;

TEST_CASE("a folder holds an earlier run if it has one of a run's files") {
  const TemporaryFolder folder;
  CHECK(RunFolder(folder.path() / "none").earlier_run() == std::nullopt);
  write_file(folder.path() / "notes.txt", "mine");
  const RunFolder run(folder.path());
  CHECK(run.earlier_run() == std::nullopt);
  write_file(checkpoint_path(folder.path(), 7), "");
  CHECK(run.earlier_run() == "checkpoint-7.safetensors");
  write_file(run.metrics_json(), "");
  CHECK(run.earlier_run() == "metrics.jsonl");
  CHECK_THROWS_AS(RunFolder(folder.path() / "notes.txt").earlier_run(), InputError);
}

TEST_CASE("a new run removes the files of the run before and no others") {
  const TemporaryFolder folder;
  const RunFolder run(folder.path(), "test");
  for (const auto& file : {run.metrics(), run.metrics_json(), run.tensorboard(), run.model(),
                           checkpoint_path(folder.path(), 3), folder.path() / "metrics.csv.tmp-1-0",
                           folder.path() / "other.tmp-1-0", folder.path() / "notes.txt"}) {
    write_file(file, "before");
  }
  run.begin("{}");
  CHECK(folder.names() == std::vector<std::string>{"config.json", "notes.txt", "other.tmp-1-0"});
  CHECK(read_text_file(run.config()) == "{}");
}

TEST_CASE("a new run makes its folder, and those above it") {
  const TemporaryFolder folder;
  const RunFolder run(folder.path() / "runs" / "first");
  run.begin("{}");
  CHECK(read_text_file(run.config()) == "{}");
}

TEST_CASE("the model of a folder, or the file itself") {
  const TemporaryFolder folder;
  CHECK(find_model("any.safetensors") == "any.safetensors");
  CHECK_THROWS_AS(find_model(folder.path()), InputError);
  write_file(RunFolder(folder.path()).model(), "");
  CHECK(find_model(folder.path()) == folder.path() / "model.safetensors");
}

TEST_CASE("one works in a folder, and a folder that stays empty goes with its lock") {
  const TemporaryFolder folder;
  const auto inner = folder.path() / "a" / "b";
  {
    const FolderLock lock(inner);
    CHECK_THROWS_AS(FolderLock{inner}, InputError);
  }
  CHECK(!std::filesystem::exists(folder.path() / "a"));
  {
    const FolderLock lock(inner);
    write_file(inner / "kept", "");
  }
  const FolderLock again(inner);
  CHECK(std::filesystem::exists(inner / "kept"));
}

TEST_CASE("signals as the shell shows them") {
  CHECK(stop_signal() == 0);
  CHECK(signal_exit_status(SIGINT) == 130);
  CHECK(std::string(signal_name(SIGINT)) == "SIGINT");
  CHECK(std::string(signal_name(SIGTERM)) == "SIGTERM");
}

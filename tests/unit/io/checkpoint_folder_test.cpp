#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/io/checkpoint_folder.hpp>

#include "changed_files.hpp"
#include "temporary_folder.hpp"

namespace fs = std::filesystem;
namespace vc = vaecollapse;
using vc::test::error_of;
using vc::test::TemporaryFolder;

TEST_CASE("checkpoints are found by their step, not by their spelling") {
  const TemporaryFolder folder;
  CHECK(!vc::latest_checkpoint(folder.path()));
  CHECK(!vc::latest_checkpoint(folder.path() / "missing"));
  for (const std::uint64_t step : {9u, 10u, 100u}) {
    vc::write_file(vc::checkpoint_path(folder.path(), step), "x");
  }
  for (const char* name :
       {"checkpoint-999.safetensors.tmp-1-0", "checkpoint-0999.safetensors",
        "checkpoint--999.safetensors", "checkpoint-.safetensors", "checkpoint-1e9.safetensors",
        "checkpoint-99999999999999999999.safetensors", "my-checkpoint-999.safetensors",
        "checkpoint-999.safetensors.old", "checkpoint-.safetens", "model.safetensors"}) {
    vc::write_file(folder.path() / name, "x");
  }
  fs::create_directory(vc::checkpoint_path(folder.path(), 1000));
  CHECK(vc::latest_checkpoint(folder.path()) == vc::checkpoint_path(folder.path(), 100));
}

TEST_CASE("pruning keeps the latest and touches nothing else") {
  const TemporaryFolder folder;
  for (const std::uint64_t step : {9u, 10u, 100u, 2u}) {
    vc::write_file(vc::checkpoint_path(folder.path(), step), "x");
  }
  vc::write_file(folder.path() / "model.safetensors", "x");
  vc::prune_checkpoints(folder.path());
  CHECK(folder.names() == std::vector<std::string>{"checkpoint-10.safetensors",
                                                   "checkpoint-100.safetensors",
                                                   "model.safetensors"});
  vc::prune_checkpoints(folder.path(), 2);
  CHECK(folder.names().size() == 3);
  vc::prune_checkpoints(folder.path(), 1);
  CHECK(folder.names() ==
        std::vector<std::string>{"checkpoint-100.safetensors", "model.safetensors"});
  vc::prune_checkpoints(folder.path() / "missing");
}

TEST_CASE("a file where the folder should be is an error with its reason") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "x";
  vc::write_file(path, "x");
  CHECK(error_of([&] { (void)vc::latest_checkpoint(path); }) ==
        path.string() +
            ": found no readable folder (Not a directory), expected a folder for checkpoints");
}

TEST_CASE("checkpoints are listed latest first, and one can be kept beside the last") {
  const TemporaryFolder folder;
  for (const std::uint64_t step : {9u, 10u, 100u, 11u}) {
    vc::write_file(vc::checkpoint_path(folder.path(), step), "x");
  }
  const auto path = [&](std::uint64_t step) { return vc::checkpoint_path(folder.path(), step); };
  CHECK(vc::checkpoints_in(folder.path()) ==
        std::vector<fs::path>{path(100), path(11), path(10), path(9)});
  CHECK(vc::checkpoints_in(folder.path() / "missing").empty());
  vc::prune_checkpoints(folder.path(), 2, 9);
  CHECK(vc::checkpoints_in(folder.path()) == std::vector<fs::path>{path(100), path(11), path(9)});
  vc::remove_checkpoints_after(folder.path(), 9);
  CHECK(vc::checkpoints_in(folder.path()) == std::vector<fs::path>{path(9)});
  CHECK(vc::is_checkpoint_name("checkpoint-9.safetensors"));
  CHECK_FALSE(vc::is_checkpoint_name("checkpoint-09.safetensors"));
}

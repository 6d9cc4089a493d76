#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include <vaecollapse/io/file.hpp>
#include <vaecollapse/runs/tensorboard_events.hpp>

using namespace vaecollapse;

namespace {

EpochReport epoch_of(std::uint64_t number) {
  EpochReport epoch;
  epoch.epoch = number;
  epoch.step = 10 * number;
  epoch.dev_rate = 3;
  return epoch;
}

}  // namespace

TEST_CASE("events of more epochs begin with those of fewer; what is not known is left out") {
  const std::string one = tensorboard_events({epoch_of(1)});
  CHECK(tensorboard_events({epoch_of(1), epoch_of(2)}).starts_with(one));
  CHECK(one.find("dev/rate_nats") != std::string::npos);
  CHECK(one.find("signs/gradient_ratio") == std::string::npos);
  EpochReport known = epoch_of(1);
  known.signs.gradient_ratio = 2;
  CHECK(tensorboard_events({known}).find("signs/gradient_ratio") != std::string::npos);
}

TEST_CASE("a file grows in place, and is replaced where it holds something else") {
  const auto path = std::filesystem::temp_directory_path() / "vaecollapse_tfevents_test";
  std::filesystem::remove(path);
  grow_file(path, "one");
  std::filesystem::create_hard_link(path, path.string() + "_2");
  grow_file(path, "one two");
  CHECK(read_text_file(path) == "one two");
  CHECK(read_text_file(path.string() + "_2") == "one two");  // the same file
  grow_file(path, "other");
  CHECK(read_text_file(path) == "other");
  std::filesystem::remove(path);
  std::filesystem::remove(path.string() + "_2");
}

// `reinflect train --resume`: what it goes on from, what may change, and what it refuses.
#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "smoke/faults.hpp"

using namespace reinflection::test;

namespace {

/// A run that was ended by a signal after its first checkpoints, in `folder`.
void make_stopped(const Workbench& bench, const std::string& name, const Arguments& more = {}) {
  const ::pid_t child = bench.start(
      bench.tiny() +
      Arguments{"--out", bench.file(name), "--epochs", "200", "--checkpoint-every", "4"} + more);
  REQUIRE(
      wait_until(child, [&] { return vaecollapse::checkpoints_in(bench.file(name)).size() > 1; }));
  ::kill(child, SIGTERM);
  REQUIRE(wait_for(child) == 143);
}

std::string last_of(const std::string& folder) {
  return vaecollapse::latest_checkpoint(folder)->string();
}

/// Changes one byte in the middle of a file, which lies in a tensor.
void damage(const std::string& file) {
  std::vector<std::byte> bytes = vaecollapse::read_file(file);
  bytes[bytes.size() / 2] ^= std::byte{1};
  vaecollapse::write_file(file, bytes);
}

void truncate(const std::string& file) {
  const std::vector<std::byte> bytes = vaecollapse::read_file(file);
  vaecollapse::write_file(file, std::span(bytes).first(bytes.size() / 2));
}

/// Resuming is refused with this text, and the folder stays as it is.
void check_refused(const Workbench& bench, const std::string& name, const Arguments& more,
                   const std::string& expected) {
  CAPTURE(expected);
  const auto before = bench.contents(name);
  const Outcome done = bench.run(Arguments{"train", "--resume", bench.file(name)} + more);
  CHECK(done.status == 2);
  CHECK(done.out.empty());
  CHECK(lines(done.err).back() == expected);
  CHECK(bench.contents(name) == before);
}

}  // namespace

TEST_CASE("a finished run is said to be, and stays as it is") {
  const Workbench bench;
  const std::string folder = bench.train("model");
  const auto before = bench.contents("model");
  const Outcome done = bench.run({"train", "--resume", folder});
  CHECK(done.status == 0);
  CHECK(done.out.starts_with("finished before: best epoch "));
  CHECK(bench.contents("model") == before);

  // What follows from the checkpoint is made from it, whatever has become of it.
  bench.write("model/model.safetensors", "something");
  std::filesystem::remove(bench.file("model/metrics.csv"));
  CHECK(bench.run({"train", "--resume", folder}).status == 0);
  CHECK(bench.contents("model") == before);
}

TEST_CASE("threads, folder and checkpoints may change, also by the options of the first start") {
  const Workbench bench;
  const std::string straight = bench.train("straight", {"--epochs", "200"});
  make_stopped(bench, "stopped");
  const auto before = bench.contents("stopped");
  const Outcome moved =
      bench.run(bench.tiny() + Arguments{"--epochs", "200", "--resume", bench.file("stopped"),
                                         "--out", bench.file("moved"), "--threads", "2"});
  REQUIRE_MESSAGE(moved.status == 0, moved.err);
  check_same(straight, bench.file("moved"));
  CHECK(bench.contents("stopped") == before);

  std::filesystem::rename(bench.file("stopped"), bench.file("renamed"));
  const Outcome renamed =
      bench.run({"train", "--resume", bench.file("renamed"), "--checkpoint-every", "500"});
  REQUIRE_MESSAGE(renamed.status == 0, renamed.err);
  check_same(straight, bench.file("renamed"));
}

TEST_CASE("a run whose rows are others in each epoch goes on within one, on other threads") {
  const Workbench bench;
  const Arguments fresh{"--copies", "random:30"};
  const std::string straight = bench.train("straight", Arguments{"--epochs", "200"} + fresh);
  make_stopped(bench, "stopped", fresh);
  // 12 steps an epoch: of the two checkpoints there are, one is within an epoch.
  const auto checkpoints = vaecollapse::checkpoints_in(bench.file("stopped"));
  const auto is_within = [](const std::filesystem::path& path) {
    return std::stoul(split(path.stem().string(), '-').back()) % 12 != 0;
  };
  REQUIRE(std::any_of(checkpoints.begin(), checkpoints.end(), is_within));
  for (const auto& path : checkpoints) {
    if (!is_within(path) && path == checkpoints.front()) std::filesystem::remove(path);
  }
  const Outcome done = bench.run({"train", "--resume", bench.file("stopped"), "--threads", "2"});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  check_same(straight, bench.file("stopped"));
}

TEST_CASE("before the first checkpoint a run starts over, and leftovers are removed") {
  const Workbench bench;
  const std::string straight = bench.train("straight");
  const std::string folder = bench.train("begun");
  for (const auto& path : vaecollapse::checkpoints_in(folder)) std::filesystem::remove(path);
  const std::vector<std::string> left{"checkpoint-10.safetensors.tmp-77-0",
                                      "model.safetensors.tmp-77-12", "metrics.csv.tmp-1-0",
                                      "config.json.tmp-1-0"};
  for (const std::string& name : left) bench.write("begun/" + name, "half of a fi");
  bench.write("begun/notes.txt.tmp-1-0", "mine");
  const Outcome done = bench.run({"train", "--resume", folder});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  check_same(straight, folder);
  for (const std::string& name : left) CHECK_FALSE(std::filesystem::exists(folder + "/" + name));
  CHECK(bench.read("begun/notes.txt.tmp-1-0") == "mine");
}

TEST_CASE("a damaged checkpoint is said to be, and the one before is used") {
  const Workbench bench;
  const std::string straight = bench.train("straight", {"--epochs", "200"});
  for (auto* spoil : {damage, truncate}) {
    const std::string name = spoil == damage ? "damaged" : "truncated";
    make_stopped(bench, name);
    const std::string last = last_of(bench.file(name));
    const std::string before = vaecollapse::checkpoints_in(bench.file(name))[1].string();
    spoil(last);
    const Outcome done = bench.run({"train", "--resume", bench.file(name)});
    REQUIRE_MESSAGE(done.status == 0, done.err);
    CHECK(lines(done.err)[1].starts_with(last + ": found "));
    CHECK(lines(done.err)[1].ends_with("; it is not used"));
    CHECK(lines(done.err)[2].ends_with(", from " + before));
    check_same(straight, bench.file(name));
  }
}

TEST_CASE("resuming refuses what is no run, or another one") {
  const Workbench bench;
  make_stopped(bench, "model");
  const std::string folder = bench.file("model");
  const std::string last = last_of(folder);
  check_refused(bench, "corpus", {},
                bench.file("corpus") +
                    ": found no config.json, expected a folder in which reinflect train has begun");
  check_refused(bench, "model", {"--epochs", "201"},
                "--epochs: found '201', expected '200', with which the run in " + folder +
                    " began; --resume may change only --out, --threads, --checkpoint-every and "
                    "--tensorboard");
  check_refused(bench, "model", {"--overwrite"},
                "--overwrite: found with --resume, which keeps what is in " + folder +
                    ", expected one of them, or another folder as --out");

  const std::string config = bench.read("model/config.json");
  std::string edited = config;
  edited.replace(edited.find("\"epochs\": 200"), 13, "\"epochs\": 300");
  bench.write("model/config.json", edited);
  check_refused(bench, "model", {},
                last + ": found another config, with --epochs 200, expected --epochs 300");
  bench.write("model/config.json", config);

  const std::string rows = bench.read("corpus/train.tsv");
  bench.write("corpus/train.tsv", rows.substr(rows.find('\n') + 1));
  const Outcome other = bench.run({"train", "--resume", folder});
  CHECK(other.status == 2);
  CHECK(lines(other.err).back().starts_with(last + ": found other training or dev rows, of hash "));
  bench.write("corpus/train.tsv", rows);

  auto content = vaecollapse::read_safetensors(last);
  content.metadata.at("vaecollapse_format") = "2";
  vaecollapse::write_safetensors(last, content);
  const Outcome newer = bench.run({"train", "--resume", folder});
  CHECK(newer.status == 2);
  CHECK(lines(newer.err).back().starts_with(last + ": found format 2, written by version "));

  for (const auto& path : vaecollapse::checkpoints_in(folder)) truncate(path.string());
  const Outcome none = bench.run({"train", "--resume", folder});
  CHECK(none.status == 2);
  CHECK(lines(none.err).back().starts_with(folder + ": found no checkpoint that can be used ("));
  CHECK(lines(none.err).back().ends_with("expected one; --overwrite without --resume starts over"));
}

TEST_CASE(
    "resuming that is refused leaves no new folder behind, and one that was there as it was") {
  const Workbench bench;
  const std::string folder = bench.train("model");
  const std::string rows = bench.read("corpus/train.tsv");
  bench.write("corpus/train.tsv", rows.substr(rows.find('\n') + 1));
  const auto refused = [&](const std::string& out) {
    const Outcome done = bench.run({"train", "--resume", folder, "--out", bench.file(out)});
    CHECK(done.status == 2);
    CHECK(done.err.find(": found other training or dev rows, of hash ") != std::string::npos);
  };
  for (const char* out : {"new", "far/away/new", "slash/new/"}) refused(out);
  for (const char* made : {"new", "far", "slash"}) {
    CAPTURE(made);
    CHECK_FALSE(std::filesystem::exists(bench.file(made)));
  }
  std::filesystem::create_directory(bench.file("empty"));
  refused("empty");
  refused("empty/new");
  CHECK(std::filesystem::is_empty(bench.file("empty")));
}

TEST_CASE("when no rollback is left the run ends, and what is saved is good") {
  const Workbench bench;
  const Outcome done =
      bench.run(bench.tiny() + Arguments{"--out", bench.file("model"), "--objective",
                                         "anneal(linear,steps=15,elbo,maximum=1e300)", "--rollback",
                                         "2", "--checkpoint-every", "1"});
  CHECK(done.status == 2);
  const auto shown = lines(done.err);
  CHECK(shown.back().starts_with("trainer: in step 2 "));
  CHECK(shown.back().find("; the batch's rows, from 0: ") != std::string::npos);
  CHECK(shown.back().ends_with("; after 2 rollbacks there is none left"));
  CHECK(shown[shown.size() - 2] ==
        "back to step 0, rollback 2 of 2: the learning rate is now 5e-04");
  const auto content = vaecollapse::read_checkpoint(last_of(bench.file("model")));
  std::vector<float> weights(content.find("parameters.values")->bytes.size() / sizeof(float));
  vaecollapse::copy_values(*content.find("parameters.values"), std::span(weights));
  CHECK(std::all_of(weights.begin(), weights.end(), [](float x) { return std::isfinite(x); }));
}

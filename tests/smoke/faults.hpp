// Ends the real program at bad moments, and looks whether what it leaves in the end is what an
// undisturbed run leaves.
#pragma once

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/io/checkpoint.hpp>

#include "smoke/program.hpp"

namespace reinflection::test {

/// metrics.jsonl without what is a time.
inline std::string without_times_json(const std::string& metrics) {
  std::string text;
  for (const std::string& line : lines(metrics)) {
    nlohmann::json epoch = nlohmann::json::parse(line);
    epoch.erase("seconds");
    epoch.erase("examples_per_second");
    text += epoch.dump();
  }
  return text;
}

/// All that a run has left, but times: the model's bytes, the metrics without their columns of
/// times, the config without what may change, and each part of the last checkpoint. Of that the
/// times are the tensors `seconds` and `epoch_seconds` and, in the metrics, `seconds` and
/// `examples_per_second`; the checksum is over them too.
inline std::map<std::string, std::string> untimed(const std::filesystem::path& folder) {
  const auto text = [&](const char* name) { return vaecollapse::read_text_file(folder / name); };
  std::map<std::string, std::string> parts;
  parts["model.safetensors"] = text("model.safetensors");
  parts["metrics.csv"] = without_times(text("metrics.csv"));
  nlohmann::json config = nlohmann::json::parse(text("config.json"));
  for (const char* free : {"out", "threads", "checkpoint_every"}) config.erase(free);
  parts["config.json"] = config.dump();
  const auto last = vaecollapse::latest_checkpoint(folder);
  REQUIRE(last);
  const vaecollapse::Safetensors content = vaecollapse::read_checkpoint(*last);
  for (const vaecollapse::Tensor& tensor : content.tensors) {
    if (tensor.name == "seconds" || tensor.name == "epoch_seconds") continue;
    parts["tensor " + tensor.name] = {reinterpret_cast<const char*>(tensor.bytes.data()),
                                      tensor.bytes.size()};
  }
  for (const auto& [key, value] : content.metadata) {
    if (key != "vaecollapse_checksum") parts["metadata " + key] = value;
  }
  parts["metadata metrics"] = without_times_json(parts["metadata metrics"]);
  parts["metrics.jsonl"] = without_times_json(text("metrics.jsonl"));
  return parts;
}

/// compare.csv without its column of times.
inline std::string untimed_table(const std::string& csv) {
  std::string text;
  for (const std::string& line : lines(csv)) {
    std::vector<std::string> columns = split(line, ',');
    columns.erase(columns.begin() + 10);
    for (const std::string& column : columns) text += column + ",";
    text += "\n";
  }
  return text;
}

/// Both runs have left the same; says which part differs.
inline void check_same(const std::filesystem::path& one, const std::filesystem::path& other) {
  const auto first = untimed(one), second = untimed(other);
  CHECK(first.size() == second.size());
  for (const auto& file : first) {
    CAPTURE(file.first);
    REQUIRE(second.contains(file.first));
    CHECK((second.at(file.first) == file.second));  // the bytes themselves are not shown
  }
}

/// The options of a tiny comparison of two methods.
inline Arguments tiny_comparison(const Workbench& bench, const std::string& methods) {
  Arguments options = bench.tiny();
  options.front() = "compare";
  const auto drop = std::find(options.begin(), options.end(), "--dropout");  // part of a method
  options.erase(drop, drop + 2);
  return options + Arguments{"--methods", methods, "--rate", "8", "--seeds", "1", "--jobs", "1"};
}

/// Waits until `ready()`. \return false if the program ended before
template <class Ready>
bool wait_until(::pid_t child, Ready&& ready) {
  while (!ready()) {
    ::siginfo_t ended{};
    const int failure =
        ::waitid(P_PID, static_cast<::id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT);
    if (failure != 0 || ended.si_pid != 0) return ready();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

/// A run that is killed after its first checkpoints and resumed ends as one that is left alone.
inline void check_killed_and_resumed(const Bench& bench, const Arguments& options) {
  const std::string straight = bench.train("straight", options + Arguments{"--threads", "2"});
  const std::string stopped = bench.file("stopped");
  const ::pid_t child =
      bench.start(bench.tiny() + options + Arguments{"--out", stopped, "--checkpoint-every", "4"});
  REQUIRE(wait_until(child, [&] { return vaecollapse::checkpoints_in(stopped).size() > 1; }));
  ::kill(child, SIGKILL);
  wait_for(child);
  const Outcome done = bench.run({"train", "--resume", stopped, "--checkpoint-every", "500"});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  check_same(straight, stopped);
}

/// What a series of kills has met.
struct Kills {
  int kills = 0;        ///< while the program ran
  int runs = 0;         ///< that came to their end
  int begun_again = 0;  ///< kills before the first checkpoint
  int temporaries = 0;  ///< kills in the middle of a write
  int later_files = 0;  ///< kills between a checkpoint and the files that follow from it
};

/// Kills one training run after the other, each again and again, at seeded random moments.
class Killer {
 public:
  using Seconds = std::chrono::duration<double>;

  Killer(const Bench& bench, Arguments options)
      : bench_(bench), options_(std::move(options)), straight_(bench.file("straight")) {
    const double whole = timed(options_ + Arguments{"--out", straight_});
    start_ = timed({"train", "--resume", straight_, "--threads", "1"});
    work_ = std::max(whole - start_, 0.01);
  }

  /// The run that nobody disturbs.
  const std::string& straight() const { return straight_; }

  /// At least so many kills, about all of them in the first run; each run that ends is compared.
  Kills kill(int count, std::uint64_t seed, int signal = SIGKILL) {
    Kills met;
    vaecollapse::Draws draws(vaecollapse::Seed(seed), 0);
    for (std::uint32_t draw = 0; met.kills < count; ++met.runs) {
      const std::string folder = bench_.file("killed-" + std::to_string(met.runs));
      while (met.kills < count) {
        const auto word = draws.bits(vaecollapse::Stream::batch_order, draw++, 0, 0, 0)[0];
        // So that a life makes half of its share of the steps on average, if any.
        const Seconds life(start_ / 2 +
                           vaecollapse::uniform01(word) * (start_ / 2 + work_ / count));
        if (!kill_after(command(folder), life, signal)) break;
        ++met.kills;
        look_at(folder, met);
      }
      const Outcome done = bench_.run(command(folder));
      REQUIRE_MESSAGE(done.status == 0, done.err);
      check_same(straight_, folder);
    }
    return met;
  }

 private:
  double timed(const Arguments& arguments) const {
    const auto begin = std::chrono::steady_clock::now();
    const Outcome done = bench_.run(arguments);
    REQUIRE_MESSAGE(done.status == 0, done.err);
    return Seconds(std::chrono::steady_clock::now() - begin).count();
  }

  Arguments command(const std::string& folder) const {
    if (!std::filesystem::exists(folder + "/config.json")) {
      return options_ + Arguments{"--out", folder};
    }
    return {"train", "--resume", folder};
  }

  /// False if the program had come to its end before.
  bool kill_after(const Arguments& arguments, Seconds life, int signal) const {
    const ::pid_t child = bench_.start(arguments);
    std::this_thread::sleep_for(life);
    ::kill(child, signal);
    const int status = wait_for(child);
    if (status != 128 + signal) REQUIRE_MESSAGE(status == 0, bench_.read("stderr"));
    return status != 0;
  }

  void look_at(const std::string& folder, Kills& met) const {
    if (!std::filesystem::exists(folder)) {
      ++met.begun_again;
      return;
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      met.temporaries += entry.path().filename().string().find(".tmp-") != std::string::npos;
    }
    const auto last = vaecollapse::latest_checkpoint(folder);
    if (!last) {
      ++met.begun_again;
      return;
    }
    // Whatever the moment, the latest checkpoint is whole.
    const auto content = vaecollapse::read_checkpoint(*last);
    const auto epochs = lines(content.metadata.at("metrics")).size();
    const std::string metrics = folder + "/metrics.csv";
    const std::size_t rows = std::filesystem::exists(metrics)
                                 ? lines(vaecollapse::read_text_file(metrics)).size() - 1
                                 : 0;
    met.later_files += rows != epochs;
  }

  const Bench& bench_;
  Arguments options_;
  std::string straight_;
  double start_ = 0, work_ = 0;  ///< \unit seconds: of starting, of all steps
};

}  // namespace reinflection::test

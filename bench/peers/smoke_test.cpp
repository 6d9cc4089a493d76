// Runs bench_peers on a small shape, and sees that it would notice a wrong result.
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <vector>

#include <doctest/doctest.h>

#include "peers/agreement.hpp"

namespace vaecollapse::bench {
namespace {

struct Outcome {
  int status = -1;
  std::string out;
};

/// What the program prints, errors too if `with_errors`.
Outcome run_peers(const std::string& arguments, bool with_errors = false) {
  const char* const folder = std::getenv("VAECOLLAPSE_BIN");
  REQUIRE(folder != nullptr);
  const std::string command = "'" + std::string(folder) + "/bench_peers' " + arguments +
                              (with_errors ? " 2>&1" : " 2>/dev/null");
  Outcome outcome;
  std::FILE* const pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  char buffer[4096];
  while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) outcome.out += buffer;
  const int ended = pclose(pipe);
  if (WIFEXITED(ended)) outcome.status = WEXITSTATUS(ended);
  return outcome;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

/// A header, and for each shape a row for each peer with numbers in it.
void check_table(const std::string& mode, const std::string& arguments,
                 const std::vector<std::string>& peers) {
  const Outcome outcome =
      run_peers("--tsv --shape 3,2,5,7 --shape 1,1,1,1 --samples 1 --mode " + arguments);
  REQUIRE(outcome.status == 0);
  const auto lines = split(outcome.out, '\n');
  REQUIRE(lines.size() == 1 + 2 * peers.size());
  const auto header = split(lines[0], '\t');
  CHECK(header == std::vector<std::string>{"mode", "threads", "T", "B", "I", "H", "peer", "ours_ns",
                                           "peer_ns", "ratio", "percent_of_peak", "samples"});
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto row = split(lines[i], '\t');
    REQUIRE(row.size() == header.size());
    CHECK(row[0] == mode);
    CHECK(row[2] == (i <= peers.size() ? "3" : "1"));
    CHECK(row[6] == peers[(i - 1) % peers.size()]);
    const double ours = std::stod(row[7]), peer = std::stod(row[8]), ratio = std::stod(row[9]);
    CHECK(ours > 0);
    CHECK(peer > 0);
    CHECK(ratio == doctest::Approx(peer / ours).epsilon(0.01));
    CHECK(std::stod(row[10]) < 100);
  }
}

const std::vector<std::string> layer_peers{"libtorch", "onednn", "onednn_kernels"};

TEST_CASE("bench_peers: forward") { check_table("forward", "forward", layer_peers); }

TEST_CASE("bench_peers: forward_backward") {
  check_table("forward_backward", "forward_backward", layer_peers);
}

TEST_CASE("bench_peers: inference, two threads") {
  check_table("inference", "inference --threads 2", layer_peers);
}

TEST_CASE("bench_peers: an LSTM in each mode") {
  for (const std::string mode : {"forward", "forward_backward", "inference"}) {
    check_table("lstm_" + mode, mode + " --cell lstm", layer_peers);
  }
}

TEST_CASE("bench_peers: train_step") { check_table("train_step", "train_step", {"libtorch"}); }

TEST_CASE("bench_peers: train_step with attention") {
  check_table("train_step_attention", "train_step --attention", {"libtorch"});
}

TEST_CASE("bench_peers: train_step with attention to the places of the source") {
  check_table("train_step_source_attention", "train_step --source-attention", {"libtorch"});
}

TEST_CASE("bench_peers: the training step of a sentence VAE, of a GRU and of an LSTM") {
  check_table("text_step", "text_step", {"libtorch"});
  check_table("lstm_text_step", "text_step --cell lstm", {"libtorch"});
}

TEST_CASE("bench_peers: output layer") {
  check_table("output_layer", "output_layer", {"libtorch"});
}

TEST_CASE("bench_peers: a shape that is none is named") {
  for (const char* shape : {"3,2,5", "3,2,5,0", "3,2,5,7,9", "3,2,5,x", ""}) {
    const Outcome outcome = run_peers("--tsv --shape '" + std::string(shape) + "'", true);
    CHECK(outcome.status != 0);
    CHECK(outcome.out.find("expected T,B,I,H") != std::string::npos);
  }
}

std::string complaint(const Agreed& ours, const Agreed& theirs) {
  try {
    require_agreement("task", "peer", {ours}, {theirs});
  } catch (const Disagreement& error) {
    return error.what();
  }
  return {};
}

TEST_CASE("bench_peers: agreement is relative to the largest entry, and names the tensor") {
  const Agreed ours{"states", {1, -100}, 1e-2};
  CHECK(complaint(ours, {"states", {1.9F, -100}, 1e-2}).empty());
  CHECK(complaint(ours, {"states", {2.1F, -100}, 1e-2}) ==
        "task: ours and peer disagree in states: by 1.1, where the largest entry is 100 and 1 is "
        "allowed");
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(complaint(ours, {"states", {nan, -100}, 1e-2}) ==
        "task: ours and peer disagree in states: entry 0 is 1 and nan");
  CHECK_FALSE(complaint({"states", {nan, 1}, 1e-2}, {"states", {1, 1}, 1e-2}).empty());
  CHECK_FALSE(complaint(ours, {"states", {1}, 1e-2}).empty());
  CHECK_FALSE(complaint(ours, {"gradient", {1, -100}, 1e-2}).empty());
}

}  // namespace
}  // namespace vaecollapse::bench

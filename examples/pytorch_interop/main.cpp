// Weights to and from PyTorch. A safetensors file holds them under PyTorch's own names and in its
// own layout, so nothing is renamed or transposed on either side; round_trip.py is the other side.
//   pytorch_interop write FOLDER   writes weights of our own, and our logits for some symbols
//   pytorch_interop check FOLDER   reads PyTorch's: are our logits the same to 1e-5 of the largest?
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/io/checkpoint.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/linear.hpp>

namespace vc = vaecollapse;

namespace {

constexpr vc::Index symbols = 20, rows = 3, steps = 7;

struct Model {
  vc::Layout layout;
  vc::Embedding embedding{layout, "embedding", {.symbols = symbols, .width = 12}};
  vc::Gru gru{layout, "gru", {.input = 12, .hidden = 33}};
  vc::Linear output{layout, "output", {.input = 33, .output = symbols}};

  /// The logits in the order of PyTorch's [rows, steps, symbols], `batch_first`.
  std::vector<float> logits(const vc::Parameters<float>& parameters,
                            std::span<const std::int64_t> ids) const {
    const vc::SequencePlan plan(std::vector<vc::Index>(rows, steps));
    std::vector<vc::Symbol> columns(ids.size());
    const auto place = [&](vc::Index row, vc::Index t) {
      return static_cast<std::size_t>(row * steps + t);
    };
    for (vc::Index row = 0; row < rows; ++row) {
      for (vc::Index t = 0; t < steps; ++t) {
        columns[static_cast<std::size_t>(plan.column(row, t))] =
            static_cast<vc::Symbol>(ids[place(row, t)]);
      }
    }
    vc::Workspace workspace(parameters);
    const auto states = gru(workspace, embedding(workspace, {&plan, columns})).states;
    const auto y = output(workspace, states).columns.view();
    std::vector<float> numbers;
    for (vc::Index row = 0; row < rows; ++row) {
      for (vc::Index t = 0; t < steps; ++t) {
        const float* column = y.column(plan.column(row, t));
        numbers.insert(numbers.end(), column, column + symbols);
      }
    }
    return numbers;
  }
};

int write(const std::filesystem::path& folder) {
  const Model model;
  const vc::Parameters<float> parameters(model.layout, vc::Seed{1});
  std::vector<std::int64_t> ids(rows * steps);
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<std::int64_t>(7 * i % symbols);
  const std::vector<float> logits = model.logits(parameters, ids);
  vc::save_parameters(folder / "weights.safetensors", parameters);
  vc::write_safetensors(folder / "logits.safetensors",
                        {{},
                         {vc::make_tensor<std::int64_t>("ids", {rows, steps}, ids),
                          vc::make_tensor<float>("logits", {rows, steps, symbols}, logits)}});
  return 0;
}

template <class T>
std::vector<T> read(const vc::Safetensors& content, const char* name, vc::Index size) {
  const vc::Tensor* tensor = content.find(name);
  if (tensor == nullptr) vc::raise(vc::Error("there is no tensor " + std::string(name)));
  std::vector<T> values(static_cast<std::size_t>(size));
  vc::copy_values(*tensor, std::span<T>(values));
  return values;
}

int check(const std::filesystem::path& folder) {
  const Model model;
  vc::Parameters<float> parameters(model.layout);
  const auto weights = folder / "weights.safetensors";
  vc::load_parameters(weights.string(), vc::read_safetensors(weights), parameters);

  const auto content = vc::read_safetensors(folder / "logits.safetensors");
  const auto theirs = read<float>(content, "logits", rows * steps * symbols);
  const auto ours = model.logits(parameters, read<std::int64_t>(content, "ids", rows * steps));
  float difference = 0, largest = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    difference = std::max(difference, std::abs(ours[i] - theirs[i]));
    largest = std::max(largest, std::abs(theirs[i]));
  }
  const bool same = difference <= 1e-5f * largest;
  std::printf("PyTorch's weights here: the logits are %s\n", same ? "the same" : "different");
  return same ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view command = count == 3 ? arguments[1] : "";
  try {
    if (command == "write") return write(arguments[2]);
    if (command == "check") return check(arguments[2]);
    std::fprintf(stderr, "usage: pytorch_interop write|check FOLDER\n");
  } catch (const vc::Error& error) {
    std::fprintf(stderr, "pytorch_interop: %s\n", error.what());
  }
  return 2;
}

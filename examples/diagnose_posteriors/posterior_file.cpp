#include "posterior_file.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/io/safetensors.hpp>

#include "kit/expression_syntax.hpp"

namespace posteriors {

namespace {

using vaecollapse::Dtype;
using vaecollapse::FileShape;
using vaecollapse::formatted;
using vaecollapse::Safetensors;
using vaecollapse::StoredPosteriors;
using vaecollapse::Tensor;

/// One tensor of the file. Shapes are letters: N rows, S draws, Z dimensions, T places.
struct Field {
  std::string_view name;
  std::vector<double> StoredPosteriors::*member;
  std::string_view shape;
  std::string_view other_shape;  ///< that it may have instead; empty: none
  std::string_view about;
  std::string_view shows;  ///< where it is not there; empty: nothing that is missed
  double least = -1e30, most = 1e30;
};

/// In the order in which the sizes are found.
constexpr std::array fields{
    Field{"mu", &StoredPosteriors::mu, "NZ", "", "means of q(z|x)",
          "active units, and with logvar all that is below but the use of z"},
    Field{"logvar", &StoredPosteriors::logvar, "NZ", "", "log variances of q(z|x), 2 log sigma", "",
          -600, 600},
    Field{"z", &StoredPosteriors::z, "NSZ", "NZ", "draws from q(z|x)", ""},
    Field{"log_q", &StoredPosteriors::log_q, "NS", "N", "log q(z|x) of these draws", ""},
    Field{"log_prior", &StoredPosteriors::log_prior, "NS", "N",
          "log p(z) of these draws; else N(0, I)", ""},
    Field{"log_q_pairs", &StoredPosteriors::log_q_pairs, "NN", "",
          "log q(z_n|x_m) in row n, column m", ""},
    Field{"kl", &StoredPosteriors::kl, "NZ", "N", "KL of q(z|x) from the prior, without a weight",
          ""},
    Field{"nll", &StoredPosteriors::nll, "NS", "N", "-log p(x|z), summed over x",
          "the NLL, and with nll_permuted whether the decoder uses z"},
    Field{"nll_permuted", &StoredPosteriors::nll_permuted, "N", "", "the same with another row's z",
          "what another z costs: whether the decoder uses z"},
    Field{"nll_prior", &StoredPosteriors::nll_prior, "N", "", "the same with z from the prior", ""},
    Field{"correct", &StoredPosteriors::correct, "N", "", "1 where the model is right, else 0",
          "accuracy: whether the task is learnt", 0, 1},
    Field{"correct_permuted", &StoredPosteriors::correct_permuted, "N", "",
          "the same with another row's z", "", 0, 1},
};

/// The same where z is a sequence, which the number of its places shows.
constexpr std::array sequence_fields{
    Field{"mu", &StoredPosteriors::mu, "NTZ", "", "means of q(z|x), padded with any numbers",
          "active units, and with logvar the KL of each place"},
    Field{"logvar", &StoredPosteriors::logvar, "NTZ", "", "log variances of q(z|x), 2 log sigma",
          "", -600, 600},
    Field{"places", &StoredPosteriors::places, "N", "", "the number of places of each row", "", 1,
          1e9},
    Field{"log_q", &StoredPosteriors::log_q, "NS", "N", "log q(z|x) of these draws", ""},
    Field{"log_prior", &StoredPosteriors::log_prior, "NS", "N",
          "log p(z) of these draws; else N(0, I)", ""},
    Field{"kl", &StoredPosteriors::kl, "NT", "N", "KL of the places, without a weight", ""},
    Field{"kl_length", &StoredPosteriors::kl_length, "N", "", "-log p of the number of places",
          "the share of the rate that is the number of places"},
    Field{"nll", &StoredPosteriors::nll, "NS", "N", "-log p(x|z), summed over x",
          "the NLL, and with nll_permuted_in_length whether the decoder uses z"},
    Field{"nll_permuted", &StoredPosteriors::nll_permuted, "N", "", "the same with another row's z",
          "what another z costs, its number of places too"},
    Field{"nll_permuted_in_length", &StoredPosteriors::nll_permuted_in_length, "N", "",
          "nll with the z of another row of as many places",
          "what another z of as many places costs: whether more than their number is used"},
    Field{"nll_prior", &StoredPosteriors::nll_prior, "N", "", "the same with z from the prior", ""},
    Field{"correct", &StoredPosteriors::correct, "N", "", "1 where the model is right, else 0",
          "accuracy: whether the task is learnt", 0, 1},
    Field{"correct_permuted", &StoredPosteriors::correct_permuted, "N", "",
          "the same with another row's z", "", 0, 1},
    Field{"correct_permuted_in_length", &StoredPosteriors::correct_permuted_in_length, "N", "",
          "correct with such a z", "", 0, 1},
};

/// `[N x Z]`
std::string letters(std::string_view shape) {
  std::string text = "[";
  for (const char letter : shape) text.append(text.size() > 1 ? " x " : "").append(1, letter);
  return text + "]";
}

/// The sizes that are known so far, and the tensor that each is known from.
struct Size {
  std::int64_t value = 0;
  std::string_view from;
};
using Sizes = std::map<char, Size>;

class Reader {
 public:
  Reader(std::string_view file, const Safetensors& content) : file_(file), content_(content) {
    if (has("places")) fields_ = sequence_fields;
  }

  PosteriorFile operator()() {
    require_known();
    for (const Field& field : fields_) read(field);
    if (sizes_['N'].value < 2) {
      fail(sizes_['N'].value == 1 ? "1 row" : "no row", "two rows at least, to exchange their z");
    }
    PosteriorFile result;
    stored_.rows = static_cast<vaecollapse::Index>(sizes_['N'].value);
    stored_.latent = static_cast<vaecollapse::Index>(sizes_['Z'].value);
    stored_.samples = static_cast<vaecollapse::Index>(sizes_['S'].value);
    stored_.steps = static_cast<vaecollapse::Index>(sizes_['T'].value);
    check_places();
    result.stored = std::move(stored_);
    for (const Field& field : fields_) {
      const bool is_missed = !field.shows.empty() && (result.stored.*field.member).empty();
      if (is_missed) result.absent.push_back({std::string(field.name), std::string(field.shows)});
    }
    result.passed_over = passed_over();
    return result;
  }

 private:
  [[noreturn]] void fail(const std::string& found, const std::string& expected) const {
    vaecollapse::raise(vaecollapse::InputError(file_, 0, found, expected));
  }

  static std::string quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }

  bool has(std::string_view name) const {
    return content_.find(name) != nullptr || content_.find_skipped(name) != nullptr;
  }

  /// A file must hold posteriors in one of their two forms.
  void require_known() const {
    if ((has("mu") && has("logvar")) || (has("log_q") && has("log_prior"))) return;
    std::string names;
    for (const std::string& name : all_names()) names += (names.empty() ? "" : ", ") + name;
    std::string expected = "mu and logvar, or log_q and log_prior";
    for (const std::string& guess : passed_over()) {
      if (guess.find(" perhaps") != std::string::npos) expected += "; " + guess;
    }
    fail(names.empty() ? "no tensors" : "the tensors " + names, expected);
  }

  std::vector<std::string> all_names() const {
    std::vector<std::string> names;
    for (const Tensor& tensor : content_.tensors) names.push_back(tensor.name);
    for (const auto& tensor : content_.skipped) names.push_back(tensor.name);
    std::sort(names.begin(), names.end());
    for (std::string& name : names) name = vaecollapse::detail::in_quotes(name);
    return names;
  }

  /// The names that are not known; those that are nearly one, with it.
  std::vector<std::string> passed_over() const {
    std::vector<std::string_view> missing;
    for (const Field& field : fields_) {
      if (!has(field.name)) missing.push_back(field.name);
    }
    std::vector<std::string> names;
    for (const std::string& name : all_names()) {
      const std::string_view bare = std::string_view(name).substr(1, name.size() - 2);
      const bool is_known = std::any_of(fields_.begin(), fields_.end(),
                                        [&](const Field& field) { return field.name == bare; });
      if (is_known) continue;
      const std::string_view near = kit::nearest_name(bare, missing);
      names.push_back(near.empty() ? name : name + " is " + std::string(near) + " perhaps");
    }
    return names;
  }

  void read(const Field& field) {
    if (const auto* skipped = content_.find_skipped(field.name)) {
      refuse_type(field, skipped->dtype);
    }
    const Tensor* tensor = content_.find(field.name);
    if (tensor == nullptr) return;
    if (!is_floating(tensor->dtype)) refuse_type(field, std::string(to_string(tensor->dtype)));
    take_sizes(field, tensor->shape);
    std::vector<double>& values = stored_.*field.member;
    values.resize(tensor->bytes.size() / size_of(tensor->dtype));
    vaecollapse::copy_values(*tensor, std::span(values));
    check_values(field, tensor->shape, values);
  }

  [[noreturn]] void refuse_type(const Field& field, const std::string& type) const {
    const std::string name(field.name);
    fail("tensor " + quoted(name) + " of type " + type,
         "F32, F64, F16 or BF16: write " + name + ".float() in PyTorch");
  }

  /// `[N x Z] = [1000, any], by "mu"`, as far as sizes are known.
  std::string expected_shape(std::string_view shape) const {
    std::string numbers = "[", from;
    for (const char letter : shape) {
      const auto known = sizes_.find(letter);
      numbers += (numbers.size() > 1 ? ", " : "");
      numbers += known == sizes_.end() ? "any" : std::to_string(known->second.value);
      if (known == sizes_.end() || from.find(known->second.from) != std::string::npos) continue;
      from += (from.empty() ? ", by " : " and ") + quoted(known->second.from);
    }
    return letters(shape) + " = " + numbers + "]" + from;
  }

  /// Whether the extents fit the letters; unknown sizes become known.
  bool fits(const Field& field, std::string_view shape, const FileShape& extents) {
    if (shape.empty() || shape.size() != extents.size()) return false;
    Sizes sizes = sizes_;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      const auto [known, is_new] = sizes.try_emplace(shape[i], Size{extents[i], field.name});
      if (!is_new && known->second.value != extents[i]) return false;
    }
    sizes_ = std::move(sizes);
    return true;
  }

  void take_sizes(const Field& field, const FileShape& extents) {
    // One draw a row needs no axis of its own; an NLL without one is the mean over draws, or of
    // one.
    const bool is_of_draws = field.name == "z" || field.name.starts_with("log_");
    const bool has_no_draws =
        is_of_draws && !field.other_shape.empty() && extents.size() == field.other_shape.size();
    const bool is_one_draw =
        !has_no_draws || sizes_.try_emplace('S', Size{1, field.name}).first->second.value == 1;
    const bool has_numbers = std::find(extents.begin(), extents.end(), 0) == extents.end();
    if (has_numbers && is_one_draw &&
        (fits(field, field.shape, extents) || fits(field, field.other_shape, extents))) {
      return;
    }
    std::string expected = expected_shape(field.shape);
    if (!field.other_shape.empty() && is_one_draw) {
      expected += ", or " + expected_shape(field.other_shape);
    }
    if (!has_numbers) expected += ", none of them 0";
    fail("tensor " + quoted(field.name) + " of shape " + vaecollapse::to_string(extents), expected);
  }

  void check_values(const Field& field, const FileShape& shape,
                    const std::vector<double>& values) const {
    const auto bad = std::find_if(values.begin(), values.end(), [&](const double& value) {
      return !vaecollapse::is_within(value, field.least, field.most);
    });
    if (bad == values.end()) return;
    auto place = static_cast<std::size_t>(bad - values.begin());
    std::string indices;
    for (auto extent = shape.rbegin(); extent != shape.rend(); ++extent) {
      const auto size = static_cast<std::size_t>(*extent);
      indices = std::to_string(place % size) + (indices.empty() ? "" : ", ") + indices;
      place /= size;
    }
    const bool is_bounded = vaecollapse::is_finite(*bad) && field.most < 1e30;
    fail(std::string(field.name) + "[" + indices + "] = " + formatted("%g", *bad),
         is_bounded ? formatted("numbers from %g to %g", field.least, field.most)
                    : std::string("finite numbers"));
  }

  /// Whole numbers, as far as mu or kl has columns for them; else T is the greatest.
  void check_places() {
    const std::vector<double>& places = stored_.places;
    if (places.empty()) return;
    const double most = *std::max_element(places.begin(), places.end());
    if (stored_.steps == 0) stored_.steps = static_cast<vaecollapse::Index>(most);
    for (std::size_t row = 0; row < places.size(); ++row) {
      const bool fits = places[row] == std::floor(places[row]) &&
                        places[row] <= static_cast<double>(stored_.steps);
      if (fits) continue;
      fail("places[" + std::to_string(row) + "] = " + formatted("%g", places[row]),
           "a whole number from 1 to " + std::to_string(stored_.steps));
    }
  }

  std::string_view file_;
  const Safetensors& content_;
  std::span<const Field> fields_ = fields;
  Sizes sizes_;
  StoredPosteriors stored_;
};

}  // namespace

PosteriorFile read_posteriors(const std::string& path) {
  const std::vector<std::byte> bytes = vaecollapse::read_file(path);
  // torch.save and numpy.savez write ZIP archives.
  constexpr std::array zip{std::byte{'P'}, std::byte{'K'}, std::byte{3}, std::byte{4}};
  if (bytes.size() >= zip.size() && std::equal(zip.begin(), zip.end(), bytes.begin())) {
    vaecollapse::raise(vaecollapse::InputError(
        path, 0, "a ZIP archive, as torch.save and numpy.savez write",
        "safetensors: safetensors.torch.save_file writes it, and docs/how_to/diagnose_any_vae.md "
        "shows lines that do"));
  }
  const Safetensors content = vaecollapse::parse_safetensors(path, bytes);
  return Reader(path, content)();
}

namespace {

std::string help_of(const Field& field, int width, int width_of_shape) {
  std::string shape = letters(field.shape);
  if (!field.other_shape.empty()) shape += " or " + letters(field.other_shape);
  return formatted("  %-*s  %-*s  %s\n", width, std::string(field.name).c_str(), width_of_shape,
                   shape.c_str(), std::string(field.about).c_str());
}

}  // namespace

std::string tensor_help() {
  std::string text;
  for (const Field& field : fields) text += help_of(field, 16, 23);
  text += "Where z is a sequence of at most T places, there are these instead:\n";
  for (const Field& field : sequence_fields) {
    const bool is_same = std::any_of(fields.begin(), fields.end(), [&](const Field& other) {
      return other.name == field.name && other.shape == field.shape && other.about == field.about;
    });
    if (!is_same) text += help_of(field, 26, 14);
  }
  return text;
}

}  // namespace posteriors

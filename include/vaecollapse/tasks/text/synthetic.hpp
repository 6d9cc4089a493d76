// Sentences of a made-up language, each drawn from a latent variable.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vaecollapse/autodiff/ops/matmul.hpp>
#include <vaecollapse/autodiff/ops/shape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/lstm.hpp>
#include <vaecollapse/tasks/text/lines.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::text {

/// A language of 1,000 words, `w0` to `w999`, and sentences of ten. Each sentence has a z of two
/// dimensions from a mixture, in equal parts, of four normal distributions of unit variance at
/// (+-2, +-2). An LSTM of 100 units draws the words: its first state is [h; c] = W z, it reads
/// [embedding; z], and the logits are W1 h + W2 z. The first word is any, with equal probability.
/// Weights are uniform on (-1, 1), those of W2 on (-5, 5).
/// \source He et al. 2019, "Lagging inference networks and posterior collapse in variational
/// autoencoders", 5.1; that the first state is linear in z, and the biases uniform too, is ours
class SyntheticLanguage {
 public:
  static constexpr Index words = 1000;
  static constexpr Index length = 10;

  /// Another seed gives another language.
  explicit SyntheticLanguage(Seed seed) : SyntheticLanguage(Layout(), seed) {}

  /// The sentences `first` to `first + count`, each of which depends on its number alone: training,
  /// dev and test data have different ones. \cost 0.4 Mflop a word
  Lines sentences(Row count, Row first = 0) const {
    std::vector<std::string> names;
    for (Index word = 0; word < words; ++word) names.push_back("w" + std::to_string(word));
    Lines lines;
    std::vector<std::string_view> sentence(static_cast<std::size_t>(length));
    Workspace<float> ws(parameters_);
    for (Row done = 0; done < count;) {
      const Row rows = std::min(Row{256}, count - done);
      const Scope scope(ws);
      const std::vector<Symbol> ids = draw(ws, first + done, rows);
      for (Index row = 0; row < Index{rows}; ++row) {
        for (Index t = 0; t < length; ++t) at(sentence, t) = at(names, at(ids, t * rows + row));
        lines.add(sentence);
      }
      done += rows;
    }
    return lines;
  }

 private:
  static constexpr Index units = 100, latent = 2;

  SyntheticLanguage(Layout layout, Seed seed)
      : embedding_(layout, "embedding", {words, units}),
        lstm_(layout, "recurrent", {units + latent, units}),
        start_(layout.add("start", Shape<2>{{latent, 2 * units}}, Init::zeros())),
        output_(layout.add("output", Shape<2>{{units + latent, words}}, Init::zeros())),
        parameters_(std::move(layout)),
        draws_(seed, 0) {
    const Draws of_weights(seed, 1);
    const std::span<float> values = parameters_.values();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Index in_output = Index(i) - output_.offset;
      const bool is_w2 = in_output >= 0 && in_output < output_.shape.size() &&
                         in_output % (units + latent) >= units;
      const double share =
          of_weights.uniform(Stream::synthetic_language, static_cast<std::uint32_t>(i), 0, 0, 0);
      values[i] = static_cast<float>((is_w2 ? 5 : 1) * (2 * share - 1));
    }
  }

  /// Words of `rows` sentences from `first` on: word t of the i-th is at t * rows + i.
  std::vector<Symbol> draw(Workspace<float>& ws, Row first, Index rows) const {
    const std::vector<Index> ones(static_cast<std::size_t>(rows), 1);
    const SequencePlan& plan = ws.plan(ones);
    const Var<float, 2> z = latents(ws, first, rows);
    Var<float, 2> state = matmul(ws, ws.parameter(start_), z, {.transpose_left = true});
    std::vector<Symbol> ids;
    for (Index i = 0; i < rows; ++i) {
      ids.push_back(static_cast<Symbol>(uniform(first, i, 0) * static_cast<double>(words)));
    }
    for (Index t = 1; t < length; ++t) {
      const auto before = std::span<const Symbol>(ids).last(ones.size());
      const Var<float, 2> read = embedding_.columns(ws, {&plan, before}).columns;
      const Contribution<float> input = Contribution<float>::per_step(concatenate(ws, read, z));
      state = lstm_.step(ws, std::span(&input, 1), state);
      const Var<float, 2> h = middle_rows(ws, state, 0, units);
      const Var<float, 2> logits =
          matmul(ws, ws.parameter(output_), concatenate(ws, h, z), {.transpose_left = true});
      for (Index i = 0; i < rows; ++i) {
        ids.push_back(pick(logits.view().middle_columns(i, 1), uniform(first, i, t)));
      }
    }
    return ids;
  }

  /// z of some rows. \shape [latent x rows]
  Var<float, 2> latents(Workspace<float>& ws, Row first, Index rows) const {
    const auto z = ws.make<2>(Shape<2>{{latent, rows}});
    for (Index i = 0; i < rows; ++i) {
      const PhiloxBlock bits = bits_of(first, i, 0);
      for (Index d = 0; d < latent; ++d) {
        const double centre = (bits[2] >> d & 1U) == 0 ? -2 : 2;
        z.value_view()(d, i) = static_cast<float>(centre + normal(at(bits, d)));
      }
    }
    return z;
  }

  /// The draw of word t.
  double uniform(Row first, Index i, Index t) const { return uniform01(bits_of(first, i, t)[3]); }
  PhiloxBlock bits_of(Row first, Index i, Index t) const {
    return draws_.bits(Stream::synthetic_language, first + static_cast<Row>(i), 0,
                       static_cast<std::uint32_t>(t), 0);
  }

  /// A word in proportion to exp(logit).
  static Symbol pick(View<const float> logits, double uniform) {
    const std::span<const float> all(logits.data, static_cast<std::size_t>(words));
    const double greatest = *std::max_element(all.begin(), all.end());
    double sum = 0, below = 0;
    for (const float logit : all) sum += std::exp(logit - greatest);
    Symbol word = 0;
    for (; word + 1 < words; ++word) {
      below += std::exp(at(all, word) - greatest);
      if (uniform * sum < below) break;
    }
    return word;
  }

  Embedding embedding_;
  Lstm lstm_;
  Slot<2> start_, output_;
  Parameters<float> parameters_;
  Draws draws_;
};

/// Sentences `first` to `first + count` of the language of a seed.
inline Lines synthetic_sentences(Row count, Seed seed, Row first = 0) {
  return SyntheticLanguage(seed).sentences(count, first);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::text

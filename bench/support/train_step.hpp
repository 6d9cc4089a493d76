// One training step of a small reinflection model, always on the same made-up words: what
// bench_train_step times, and what bench_peers builds again in other libraries.
//
// One table of characters for both sides; a bidirectional GRU reads the source; z is drawn from a
// Gaussian computed from its last states; a GRU that starts from tanh(W z + b) reads the character
// before, the tags (their sum, or attention over them) and z, and a softmax predicts the next
// character. The loss is the mean over words of -log p plus the KL above free bits; gradients are
// clipped, and Adam steps.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <vector>

#include <vaecollapse/autodiff/ops/softmax_cross_entropy.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/model/step.hpp>
#include <vaecollapse/nn/attention.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/linear.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/optim/clip.hpp>

namespace vaecollapse::bench {

struct TrainStepOptions {
  Index batch = 64;
  /// Columns of a word on either side: so many characters of the source, and so many steps of the
  /// decoder, its end symbol among them. The mean where words are ragged.
  Index steps = 14;
  /// Of the encoder, in each direction, and of the decoder.
  Index hidden = 256;
  /// The width of attention over the tags, or of a decoder that attends to places; 0: the plain
  /// sum of tags.
  Index attention = 0;
  int threads = 1;
  /// Lengths from steps / 2 to 3 steps / 2 instead of one for all.
  bool ragged = false;

  Index symbols = 40, tags = 32, tags_per_word = 4;
  Index embedding = 64, tag_width = 32, latent = 64;
  double free_nats = 8, clip = 5, learning_rate = 1e-3;
  std::uint64_t seed = 1;
};

namespace detail {

/// Made-up words with tags: the same for the same options.
inline Corpus made_up_corpus(const TrainStepOptions& options) {
  const Draws draws(Seed{options.seed}, 0);
  std::uint32_t drawn = 0;
  const auto below = [&](Index bound) {
    const double uniform = draws.uniform(Stream::user, drawn++, 0, 0, 0);
    return static_cast<Index>(uniform * static_cast<double>(bound));
  };
  const auto length = [&] {
    return options.ragged ? options.steps / 2 + below(options.steps + 1) : options.steps;
  };
  const auto word = [&](Index size) {
    std::vector<Symbol> ids(static_cast<std::size_t>(size));
    for (Symbol& id : ids) {
      id = static_cast<Symbol>(Vocabulary::first_character +
                               below(options.symbols - Vocabulary::first_character));
    }
    return ids;
  };
  Corpus corpus;
  for (Index row = 0; row < options.batch; ++row) {
    const std::vector<Symbol> source = word(length());
    const std::vector<Symbol> target = word(length() - 1);  // the end symbol is a step too
    // Tags at even distances, so that no two are the same.
    std::vector<Symbol> tags;
    const Index first = below(options.tags);
    for (Index i = 0; i < options.tags_per_word; ++i) {
      tags.push_back(
          static_cast<Symbol>((first + i * options.tags / options.tags_per_word) % options.tags));
    }
    std::sort(tags.begin(), tags.end());
    corpus.add(source, target, tags);
  }
  return corpus;
}

/// All rows of a corpus.
inline Batch whole(const Corpus& corpus) {
  std::vector<Row> rows(static_cast<std::size_t>(corpus.size()));
  std::iota(rows.begin(), rows.end(), Row{0});
  return Batch(corpus, rows);
}

}  // namespace detail

/// The layers; the parameters are declared in the order of the members.
class TrainStepNetwork {
 public:
  TrainStepNetwork(Layout& layout, const TrainStepOptions& sizes)
      : characters_(layout, "characters", {sizes.symbols, sizes.embedding}),
        tags_(layout, "tags", {sizes.tags, sizes.tag_width}),
        encoder_(layout, "encoder", {sizes.embedding, sizes.hidden}),
        posterior_(layout, "posterior", {2 * sizes.hidden, sizes.latent}),
        initial_(layout, "initial", {sizes.latent, sizes.hidden}),
        decoder_(layout, "decoder",
                 {sizes.embedding, sizes.hidden, sizes.tag_width + sizes.latent}),
        output_(layout, "output", {sizes.hidden, sizes.symbols}) {
    if (sizes.attention == 0) return;
    attention_.emplace(layout, "attention",
                       TagAttention::Sizes{sizes.hidden, sizes.tag_width, sizes.attention});
  }

  /// \unit nats per word
  template <class Scalar>
  VaeTerms<Scalar> terms(Tape<Scalar>& tape, const Batch& batch, const Draws& draws) const {
    const auto code = encoder_(tape, characters_(tape, batch.source())).last();
    const auto q = posterior_(tape, code, draws, batch.rows());
    const Sequence<Scalar> states = decode(tape, q.z, batch);
    return {.nll = cross_entropy(tape, output_(tape, states), batch.targets()), .kl = q.kl};
  }

  /// With the default options 23.2 million an example.
  static double flops_forward(const TrainStepOptions& o, const Batch& batch) {
    const double source = 2 * product(o.embedding + o.hidden, 3 * o.hidden);
    const double target = product(o.embedding + o.tag_width + o.latent + o.hidden, 3 * o.hidden) +
                          product(o.hidden, o.symbols) + attention_flops_per_target(o);
    const double word = 2 * product(2 * o.hidden, o.latent) + product(o.latent, o.hidden) +
                        double(o.tags_per_word) * product(o.tag_width, o.attention);
    return double(batch.source().plan->columns()) * source +
           double(batch.inputs().plan->columns()) * target + double(batch.size()) * word;
  }
  static double product(Index in, Index out) { return 2.0 * double(in) * double(out); }

 private:
  /// A query, and for each tag a score and its part of the mix.
  static double attention_flops_per_target(const TrainStepOptions& o) {
    if (o.attention == 0) return 0;
    return product(o.hidden, o.attention) + product(o.tags_per_word, o.attention + o.tag_width);
  }

  template <class Scalar>
  Sequence<Scalar> decode(Tape<Scalar>& tape, const Var<Scalar, 2>& z, const Batch& batch) const {
    using Input = Contribution<Scalar>;
    const Symbols symbols = batch.inputs();
    const auto h0 = tanh(tape, initial_(tape, z));
    const auto before = Input::per_symbol(characters_(tape, symbols));
    if (!attention_) {
      const std::array inputs{before, Input::per_row(tags_.sum(tape, batch.tags())),
                              Input::per_row(z)};
      return decoder_.sequence(tape, inputs, *symbols.plan, h0).states;
    }
    const auto table = tape.parameter(tags_.table());
    const std::array inputs{before, Input::attended(table, batch.tags()), Input::per_row(z)};
    return decoder_.sequence(tape, (*attention_)(tape, table), inputs, *symbols.plan, h0).states;
  }

  Embedding characters_;
  Embedding tags_;
  BiGru encoder_;
  GaussianHead posterior_;
  Linear initial_;
  Gru decoder_;
  Linear output_;
  std::optional<TagAttention> attention_;
};

/// A model with its words, its optimiser and its threads.
template <class Network>
class TrainStepOf {
 public:
  explicit TrainStepOf(const TrainStepOptions& options = {})
      : options_(options),
        team_(options.threads),
        batch_(detail::whole(detail::made_up_corpus(options))),
        network_(layout_, options),
        weights_(layout_, Seed{options.seed}),
        tape_(weights_, team_),
        adam_({.learning_rate = options.learning_rate}),
        objective_(options.free_nats) {
    adam_.prepare(layout_);
  }

  /// One whole training step: forward, backward, clip, Adam.
  Report run() {
    const Report report = differentiate();
    const Clipped clipped = clip_by_norm(weights_, options_.clip, &team_);
    adam_.step(weights_, {.gradient_scale = clipped.scale, .team = &team_});
    ++step_;
    return report;
  }

  /// The first half of `run`: gradients add up in `weights().gradients()`, and stay there.
  Report differentiate() {
    const Scope scope(tape_);
    return backward(tape_, objective_, network_.terms(tape_, batch_, draws()));
  }

  const TrainStepOptions& options() const { return options_; }
  const Network& network() const { return network_; }
  /// The words of every step, and their tags.
  const Batch& batch() const { return batch_; }
  /// What z is drawn with in the next step: unit i of corpus row r is the normal draw of
  /// `Stream::latent`, r, sample 0; see `fill_normal`.
  Draws draws() const { return Draws(Seed{options_.seed}, step_); }
  Parameters<float>& weights() { return weights_; }
  const Parameters<float>& weights() const { return weights_; }
  Team& team() { return team_; }

  Index examples() const { return batch_.size(); }
  /// Columns of both sides together.
  Index tokens() const { return source_tokens() + target_tokens(); }
  /// How many numbers are learnt.
  Index parameters() const { return weights_.size(); }
  /// Memory of the tape, which holds all that a step makes. \unit bytes
  std::size_t tape_bytes() { return tape_.arena().capacity(); }

  /// What the products of an implementation need that projects every input of every step, forward
  /// and backward (three times forward), however many of them ours does.
  double flops_per_example() const {
    return 3 * Network::flops_forward(options_, batch_) / double(examples());
  }

 private:
  Index source_tokens() const { return batch_.source().plan->columns(); }
  Index target_tokens() const { return batch_.inputs().plan->columns(); }

  TrainStepOptions options_;
  Team team_;
  Batch batch_;
  Layout layout_;
  Network network_;
  Parameters<float> weights_;
  Tape<float> tape_;
  Adam<float> adam_;
  FreeBits<1> objective_;
  std::uint64_t step_ = 0;
};

using TrainStep = TrainStepOf<TrainStepNetwork>;

}  // namespace vaecollapse::bench

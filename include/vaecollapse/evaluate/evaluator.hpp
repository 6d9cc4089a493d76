// Evaluation of a network on a corpus: the true ELBO, and guesses from the posterior's mean.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/data/sampler.hpp>
#include <vaecollapse/latent/prior.hpp>
#include <vaecollapse/metrics/edit_distance.hpp>
#include <vaecollapse/metrics/elbo_terms.hpp>
#include <vaecollapse/metrics/importance_weighted.hpp>
#include <vaecollapse/metrics/posterior_rows.hpp>
#include <vaecollapse/metrics/posterior_trajectory.hpp>
#include <vaecollapse/metrics/symbol_scores.hpp>
#include <vaecollapse/model/decode.hpp>
#include <vaecollapse/model/sequence_vae.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// What an evaluation decodes and draws.
struct EvaluateOptions {
  DecodeOptions decode{};
  /// Rows computed at once. Results do not depend on it, to rounding.
  Index batch = 128;
  Seed seed{0};
};

/// Evaluates one network with fixed parameters. Draws are addressed by corpus row, so the order
/// of batches never matters.
template <class Network, class Scalar = float>
class Evaluator {
 public:
  Evaluator(const Network& network, const Parameters<Scalar>& parameters, Team& team,
            EvaluateOptions options = {})
      : network_(network), workspace_(parameters, team), options_(options) {}
  Evaluator(const Network&&, const Parameters<Scalar>&, Team&, EvaluateOptions = {}) = delete;
  Evaluator(const Network&, const Parameters<Scalar>&&, Team&, EvaluateOptions = {}) = delete;

  /// The mean ELBO with one sample of z a row, drawn from the posterior. Summed by corpus row, so
  /// that the bits do not depend on how the corpus is cut.
  ElboTerms elbo(const SymbolRows auto& corpus) { return elbo_rows(corpus).mean(); }

  /// The same for each row.
  ElboRows elbo_rows(const SymbolRows auto& corpus) {
    const Draws draws(options_.seed, 0, Pass::evaluate);
    const auto size = static_cast<std::size_t>(corpus.size());
    ElboRows rows{std::vector<double>(size), std::vector<double>(size), {}};
    for_each_batch(corpus, [&](const Batch& batch) {
      const auto terms = network_.terms(workspace_, batch, draws, batch.inputs());
      const View<const Scalar> kl = terms.kl.view();
      for (Index j = 0; j < batch.size(); ++j) {
        const Row row = batch.rows()[static_cast<std::size_t>(j)];
        rows.nll[row] = static_cast<double>(terms.nll.data()[j]);
        for (Index d = 0; d < kl.rows; ++d) rows.rate[row] += static_cast<double>(kl(d, j));
      }
      add_rows_of(kl, rows.kl_per_dimension);
    });
    for (double& dimension : rows.kl_per_dimension) dimension /= static_cast<double>(size);
    return rows;
  }

  /// The posterior of every row.
  PosteriorRows<Scalar> posteriors(const SymbolRows auto& corpus) {
    const Draws draws(options_.seed, 0, Pass::evaluate);
    const auto& family = network_.posterior();
    const auto size = static_cast<std::size_t>(corpus.size());
    const std::size_t numbers = static_cast<std::size_t>(family.latent()) * size;
    PosteriorRows<Scalar> all{.latent = family.latent(),
                              .mu = std::vector<Scalar>(numbers),
                              .logvar = std::vector<Scalar>(numbers),
                              .z = std::vector<Scalar>(numbers),
                              .surprisals = std::vector<double>(size),
                              .kl = {}};
    std::vector<double> surprisals;
    for_each_batch(corpus, [&](const Batch& batch) {
      const auto q = network_.encode(workspace_, batch);
      const auto z = family.sample(workspace_, q, draws, batch.rows());
      surprisals.resize(static_cast<std::size_t>(batch.size()));
      prior_surprisals(workspace_, family, z, surprisals);
      scatter(q.mu, batch, all.mu);
      scatter(q.logvar, batch, all.logvar);
      scatter(z, batch, all.z);
      for (std::size_t j = 0; j < surprisals.size(); ++j) {
        all.surprisals[batch.rows()[j]] = surprisals[j];
      }
      add_rows_of(family.kl(workspace_, q, z).view(), all.kl);
    });
    for (double& group : all.kl) group /= static_cast<double>(size);
    return all;
  }

  /// A draw of z from the prior for every row. \shape [Z x rows]
  std::vector<Scalar> prior_codes(const SymbolRows auto& corpus) {
    const Scope scope(workspace_);
    const Index latent = network_.posterior().latent();
    std::vector<Row> rows(static_cast<std::size_t>(corpus.size()));
    std::iota(rows.begin(), rows.end(), Row{0});
    std::vector<Scalar> codes(static_cast<std::size_t>(latent * corpus.size()));
    sample_prior(workspace_, network_.posterior(), Draws(options_.seed, 0, Pass::evaluate), rows,
                 View<Scalar>(codes.data(), latent, corpus.size()));
    return codes;
  }

  /// The NLL of every row, from the code of row source_of[row]. \unit nats per word
  std::vector<double> nll(const SymbolRows auto& corpus, std::span<const Scalar> codes,
                          std::span<const Row> source_of) {
    std::vector<double> all(static_cast<std::size_t>(corpus.size()));
    for_each_batch(corpus, [&](const Batch& batch) {
      const auto z = gather(codes, batch, source_of);
      const auto some = network_.reconstruct(workspace_, z, batch, batch.inputs());
      for (std::size_t j = 0; j < batch.rows().size(); ++j) {
        all[batch.rows()[j]] = static_cast<double>(some.data()[j]);
      }
    });
    return all;
  }

  /// The importance weights of every row, of as many samples from its posterior.
  /// \cost memory for one sample of a batch, however many there are
  /// \throws Error for none of them, and for more than `Draws::samples`
  std::vector<ImportanceWeights> importance_weights(const SymbolRows auto& corpus,
                                                    std::uint32_t samples) {
    if (samples == 0 || samples > Draws::samples) {
      raise(Error("importance_weights: samples are " + std::to_string(samples) +
                  ": there must be 1 at least and " + std::to_string(Draws::samples) + " at most"));
    }
    const Draws draws(options_.seed, 0, Pass::diagnose);
    const auto& family = network_.posterior();
    std::vector<ImportanceWeights> all(static_cast<std::size_t>(corpus.size()));
    std::vector<double> surprisals;
    for_each_batch(corpus, [&](const Batch& batch) {
      const auto encoded = network_.infer(workspace_, batch);
      surprisals.resize(static_cast<std::size_t>(batch.size()));
      for (std::uint32_t s = 0; s < samples; ++s) {
        const Scope scope(workspace_);
        const auto z = family.sample(workspace_, encoded.q, draws, batch.rows(), s);
        const auto given = network_.conditioning(workspace_, z, encoded);
        const auto nll = network_.nll(workspace_, given, batch, batch.inputs(), {});
        prior_surprisals(workspace_, family, z, surprisals);
        for (Index j = 0; j < batch.size(); ++j) {
          const auto at = static_cast<std::size_t>(j);
          const double log_joint = -static_cast<double>(nll.data()[j]) - surprisals[at];
          all[batch.rows()[at]].add(log_joint - log_density(encoded.q, z, j));
        }
      }
    });
    return all;
  }

  /// The posterior of every row that the model implies, for z of one or two dimensions.
  /// \cost an NLL of the corpus for each point of the grid \throws Error as `grid_posteriors`
  GridPosteriors model_posteriors(const SymbolRows auto& corpus, const LatentGrid& grid) {
    const Index latent = network_.posterior().latent();
    const std::vector<Row> only(static_cast<std::size_t>(corpus.size()), Row{0});
    std::vector<Scalar> code(static_cast<std::size_t>(latent));
    return grid_posteriors(
        grid, latent, corpus.size(), [&](std::span<const double> z, std::span<double> out) {
          std::transform(z.begin(), z.end(), code.begin(),
                         [](double value) { return static_cast<Scalar>(value); });
          const double surprisal = prior_surprisal(code);
          const std::vector<double> nll = this->nll(corpus, code, only);
          std::transform(nll.begin(), nll.end(), out.begin(),
                         [&](double of_row) { return -of_row - surprisal; });
        });
  }

  /// The means of these posteriors beside those of the encoder's: a point of each row's trajectory.
  PosteriorMeans posterior_means(const SymbolRows auto& corpus, const LatentGrid& grid = {}) {
    const std::vector<Scalar> inference = codes(corpus);
    return {model_posteriors(corpus, grid).mean, {inference.begin(), inference.end()}};
  }

  /// The z of evaluation, the posterior's mean, of every row. \shape [Z x rows]
  std::vector<Scalar> codes(const SymbolRows auto& corpus) {
    const Index latent = network_.posterior().latent();
    std::vector<Scalar> codes(static_cast<std::size_t>(latent * corpus.size()));
    for_each_batch(corpus, [&](const Batch& batch) {
      scatter(network_.posterior().mean(network_.encode(workspace_, batch)), batch, codes);
    });
    return codes;
  }

  /// The guesses of every row, from the code of row source_of[row]. What else the decoder is
  /// conditioned on is the row's own.
  std::vector<Guesses> guesses(const SymbolRows auto& corpus, std::span<const Scalar> codes,
                               std::span<const Row> source_of) {
    std::vector<Guesses> all(static_cast<std::size_t>(corpus.size()));
    for_each_batch(corpus, [&](const Batch& batch) {
      const auto z = gather(codes, batch, source_of);
      const auto code = network_.conditioning(workspace_, z, batch);
      auto some = decode(workspace_, network_.decoder(), code, batch.tags(), *batch.source().plan,
                         options_.decode);
      for (std::size_t j = 0; j < some.size(); ++j) all[batch.rows()[j]] = std::move(some[j]);
    });
    return all;
  }

  /// How the decoder weighs the tags of every row before each symbol of its target and before its
  /// end, from the row's own code. \shape of a row [tags x (symbols + 1)]
  /// \throws Error for a decoder without attention
  std::vector<std::vector<Scalar>> attention(const SymbolRows auto& corpus) {
    if (!network_.decoder().attends()) {
      raise(Error("attention: this decoder has no attention over the tags"));
    }
    std::vector<std::vector<Scalar>> all(static_cast<std::size_t>(corpus.size()));
    for_each_batch(corpus, [&](const Batch& batch) {
      const auto z = network_.posterior().mean(network_.encode(workspace_, batch));
      const auto code = network_.conditioning(workspace_, z, batch);
      const Symbols inputs = batch.inputs();
      const auto weights = network_.decoder().attention(workspace_, code, batch.tags(), inputs);
      const Scalar* next = weights.data();
      const SequencePlan& plan = *inputs.plan;
      for (Index step = 0; step < plan.steps(); ++step) {
        for (const Index row : plan.order().first(static_cast<std::size_t>(plan.active(step)))) {
          auto& of_row = all[batch.rows()[static_cast<std::size_t>(row)]];
          const auto tags = static_cast<std::ptrdiff_t>(batch.tags().of(row).size());
          of_row.insert(of_row.end(), next, next + tags);
          next += tags;
        }
      }
    });
    return all;
  }

  /// The guesses of every row from its own code.
  std::vector<Guesses> guesses(const SymbolRows auto& corpus) {
    std::vector<Row> own(static_cast<std::size_t>(corpus.size()));
    std::iota(own.begin(), own.end(), Row{0});
    return guesses(corpus, codes(corpus), own);
  }

  /// The guesses of every row from the code of another row, under a derangement of the whole
  /// corpus: if these are as good, z is not used, whatever the rate says.
  std::vector<Guesses> guesses_with_permuted_codes(const SymbolRows auto& corpus) {
    return guesses(corpus, codes(corpus), permuted_rows(corpus));
  }

  /// That derangement: whose code each row is given.
  std::vector<Row> permuted_rows(const SymbolRows auto& corpus) const {
    std::vector<Row> other(static_cast<std::size_t>(corpus.size()));
    derangement(Draws(options_.seed, 0, Pass::evaluate), Stream::permutation,
                std::span<Row>(other));
    return other;
  }

 private:
  /// The columns of a batch to their rows' places.
  void scatter(const Var<Scalar, 2>& columns, const Batch& batch, std::vector<Scalar>& all) const {
    const View<const Scalar> from = columns.view();
    for (Index j = 0; j < batch.size(); ++j) {
      const Index row = batch.rows()[static_cast<std::size_t>(j)];
      std::copy_n(from.column(j), from.rows, all.data() + row * from.rows);
    }
  }

  /// The codes that the rows of a batch are given.
  Var<Scalar, 2> gather(std::span<const Scalar> codes, const Batch& batch,
                        std::span<const Row> source_of) {
    const Index latent = network_.posterior().latent();
    const auto z = workspace_.template make<2>(Shape<2>{{latent, batch.size()}});
    for (Index j = 0; j < batch.size(); ++j) {
      const Index from = source_of[batch.rows()[static_cast<std::size_t>(j)]];
      std::copy_n(codes.data() + from * latent, latent, z.value_view().column(j));
    }
    return z;
  }

  /// -log p(z) of one code. \unit nats
  double prior_surprisal(std::span<const Scalar> code) {
    const Scope scope(workspace_);
    const auto z =
        workspace_.template make<2>(Shape<2>{{static_cast<Index>(code.size()), Index{1}}});
    std::copy(code.begin(), code.end(), z.value_view().column(0));
    double surprisal = 0;
    prior_surprisals(workspace_, network_.posterior(), z, std::span<double>(&surprisal, 1));
    return surprisal;
  }

  static void add_rows_of(View<const Scalar> columns, std::vector<double>& sums) {
    sums.resize(static_cast<std::size_t>(columns.rows));
    for (Index j = 0; j < columns.columns; ++j) {
      for (Index d = 0; d < columns.rows; ++d) {
        sums[static_cast<std::size_t>(d)] += static_cast<double>(columns(d, j));
      }
    }
  }

  /// log q(z|x) of column j. \unit nats
  static double log_density(const Gaussian<Scalar>& q, const Var<Scalar, 2>& z, Index j) {
    constexpr double log_two_pi = 1.8378770664093454836;
    double twice = 0;
    for (Index d = 0; d < z.rows(); ++d) {
      const auto logvar = static_cast<double>(q.logvar.view()(d, j));
      const double away =
          static_cast<double>(z.view()(d, j)) - static_cast<double>(q.mu.view()(d, j));
      twice += away * away * std::exp(-logvar) + logvar + log_two_pi;
    }
    return -twice / 2;
  }

  template <class F>
  void for_each_batch(const SymbolRows auto& corpus, F&& f) {
    const Batches batches = Batches::by_length(corpus, options_.batch);
    for (const std::span<const Row> rows : batches) {
      const Scope scope(workspace_);
      batch_.assign(corpus, rows);
      f(batch_);
    }
  }

  const Network& network_;
  Workspace<Scalar> workspace_;
  EvaluateOptions options_;
  Batch batch_;
};

/// Scores guesses against the targets of a corpus, symbol by symbol.
inline SymbolScores score_symbols(const SymbolRows auto& corpus, std::span<const Guesses> guesses) {
  const auto as_text = [](std::span<const Symbol> ids) {
    return std::u32string(ids.begin(), ids.end());
  };
  EditDistance distance;
  Index right = 0, edits = 0;
  for (Row row = 0; row < Row(corpus.size()); ++row) {
    const std::u32string gold = as_text(corpus.target(row));
    const std::u32string guess =
        guesses[row].empty() ? std::u32string() : as_text(guesses[row].front().ids);
    right += guess == gold ? 1 : 0;
    edits += distance(guess, gold);
  }
  const auto rows = static_cast<double>(corpus.size());
  return {static_cast<double>(right) / rows, static_cast<double>(edits) / rows};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

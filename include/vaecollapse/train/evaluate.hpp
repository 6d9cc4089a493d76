// Evaluation of a network on a corpus: the true ELBO, and guesses from the posterior's mean.
#pragma once

#include <algorithm>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/data/sampler.hpp>
#include <vaecollapse/metrics/edit_distance.hpp>
#include <vaecollapse/metrics/rate.hpp>
#include <vaecollapse/model/decode.hpp>
#include <vaecollapse/model/sequence_vae.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

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

  /// The mean ELBO with one sample of z a row, drawn from the posterior. Summed by corpus row, so
  /// that the bits do not depend on how the corpus is cut.
  ElboTerms elbo(const Corpus& corpus) { return elbo_rows(corpus).mean(); }

  /// The same for each row.
  ElboRows elbo_rows(const Corpus& corpus) {
    const Draws draws(options_.seed, 0, Pass::evaluate);
    const auto size = static_cast<std::size_t>(corpus.size());
    ElboRows rows{std::vector<double>(size), std::vector<double>(size)};
    for_each_batch(corpus, [&](const Batch& batch) {
      const auto terms = network_.terms(workspace_, batch, draws, batch.inputs());
      const View<const Scalar> kl = terms.kl.view();
      for (Index j = 0; j < batch.size(); ++j) {
        const Row row = batch.rows()[static_cast<std::size_t>(j)];
        rows.nll[row] = static_cast<double>(terms.nll.data()[j]);
        for (Index d = 0; d < kl.rows; ++d) rows.rate[row] += static_cast<double>(kl(d, j));
      }
    });
    return rows;
  }

  /// The z of evaluation, the posterior's mean, of every row. \shape [Z x rows]
  std::vector<Scalar> codes(const Corpus& corpus) {
    const Index latent = network_.posterior().latent();
    std::vector<Scalar> codes(static_cast<std::size_t>(latent * corpus.size()));
    for_each_batch(corpus, [&](const Batch& batch) {
      const auto mean = network_.posterior().mean(network_.encode(workspace_, batch)).view();
      for (Index j = 0; j < batch.size(); ++j) {
        const Index row = batch.rows()[static_cast<std::size_t>(j)];
        std::copy_n(mean.column(j), latent, codes.data() + row * latent);
      }
    });
    return codes;
  }

  /// The guesses of every row, from the code of row source_of[row]. What bypasses z, if anything,
  /// is the row's own.
  std::vector<Guesses> guesses(const Corpus& corpus, std::span<const Scalar> codes,
                               std::span<const Row> source_of) {
    const Index latent = network_.posterior().latent();
    std::vector<Guesses> all(static_cast<std::size_t>(corpus.size()));
    for_each_batch(corpus, [&](const Batch& batch) {
      const auto z = workspace_.template make<2>(Shape<2>{{latent, batch.size()}});
      for (Index j = 0; j < batch.size(); ++j) {
        const Index from = source_of[batch.rows()[static_cast<std::size_t>(j)]];
        std::copy_n(codes.data() + from * latent, latent, z.value_view().column(j));
      }
      const auto code = network_.decoder_code(workspace_, z, batch);
      auto some = decode(workspace_, network_.decoder(), code, batch.tags(), *batch.source().plan,
                         options_.decode);
      for (std::size_t j = 0; j < some.size(); ++j) all[batch.rows()[j]] = std::move(some[j]);
    });
    return all;
  }

  /// The guesses of every row from its own code.
  std::vector<Guesses> guesses(const Corpus& corpus) {
    std::vector<Row> own(static_cast<std::size_t>(corpus.size()));
    std::iota(own.begin(), own.end(), Row{0});
    return guesses(corpus, codes(corpus), own);
  }

  /// The guesses of every row from the code of another row, under a derangement of the whole
  /// corpus: if these are as good, z is not used, whatever the rate says.
  std::vector<Guesses> guesses_with_permuted_codes(const Corpus& corpus) {
    std::vector<Row> other(static_cast<std::size_t>(corpus.size()));
    derangement(Draws(options_.seed, 0, Pass::evaluate), Stream::permutation,
                std::span<Row>(other));
    return guesses(corpus, codes(corpus), other);
  }

 private:
  template <class F>
  void for_each_batch(const Corpus& corpus, F&& f) {
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

/// Share of first guesses equal to the target, and their mean Levenshtein distance from it,
/// compared as symbols; an unknown character of the target never matches.
struct SymbolScores {
  double accuracy = 0;
  double levenshtein = 0;
};

inline SymbolScores score_symbols(const Corpus& corpus, std::span<const Guesses> guesses) {
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

// `LoadedNetwork` over a network of one kind. Includes the tape: for one source a kind.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/diagnose/diagnose.hpp>
#include <vaecollapse/evaluate/ablation.hpp>
#include <vaecollapse/evaluate/codes.hpp>
#include <vaecollapse/evaluate/decode.hpp>
#include <vaecollapse/evaluate/elbo.hpp>
#include <vaecollapse/evaluate/ensemble.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/evaluate/probing.hpp>
#include <vaecollapse/io/model.hpp>
#include <vaecollapse/latent/concepts.hpp>
#include <vaecollapse/latent/refinements.hpp>

#include "kit/network/loaded.hpp"

namespace kit {

/// Each part refers to those before it, so none may move.
/// \tparam Kind names a `Network` and the `Study` that it is of, and makes its `Parts` with it in a
/// layout, from the description of a model; the study names the `Rows` that its networks are
/// evaluated on, the `Description` and the `program`
/// \tparam Base a `LoadedNetwork` that a program has added functions to, which a class over this
/// one then has
template <class Kind, class Base = LoadedNetwork<typename Kind::Study::Rows>>
class LoadedNetworkOf : public Base {
  using Network = typename Kind::Network;
  using typename Base::Corpus;
  using typename Base::Latents;
  using typename Base::LatentView;
  using typename Base::RowsOf;
  using Source = ModelSource<typename Kind::Study::Description>;
  using Family = vaecollapse::detail::FamilyOf<Network>;
  using Index = vaecollapse::Index;

 public:
  explicit LoadedNetworkOf(const Source& source)
      : network_(network_of(source)),
        parameters_(proven_layout(source)),
        team_(static_cast<int>(source.threads)),
        evaluation_(network_, parameters_, team_, {.seed = source.seed}) {
    vaecollapse::load_parameters(source.file, source.content, parameters_);
  }

  LatentShape latent_shape() const override {
    const auto& family = network_.posterior();
    return {.dimensions = family.latent(),
            .is_sequence = vaecollapse::has_sequence_latent<Family>,
            .parts = vaecollapse::sequence_parts(family)};
  }
  bool is_on_sphere() const override { return vaecollapse::is_on_sphere(network_.posterior()); }
  vaecollapse::ElboRows elbo_rows(const Corpus& corpus) override {
    return vaecollapse::elbo_rows(evaluation_, corpus);
  }
  vaecollapse::PosteriorRows<float> posteriors(const Corpus& corpus) override {
    return vaecollapse::posterior_rows(evaluation_, corpus);
  }
  Latents means(const Corpus& corpus) override {
    return latents(vaecollapse::z_means(evaluation_, corpus));
  }
  Latents prior(const Corpus& corpus) override {
    return latents(vaecollapse::prior_z(evaluation_, corpus));
  }
  std::vector<Index> numbers_of_places(Index rows) override {
    std::vector<Index> numbers;
    if constexpr (requires { network_.posterior().lengths(); }) {
      const auto& lengths = network_.posterior().lengths();
      if (!lengths) return numbers;
      const vaecollapse::Scope scope(evaluation_.workspace());
      numbers.resize(static_cast<std::size_t>(rows));
      lengths->draw(evaluation_.workspace(), evaluation_.draws(vaecollapse::Pass::evaluate),
                    vaecollapse::detail::rows_in_order(rows), numbers);
    }
    return numbers;
  }
  std::vector<vaecollapse::Row> permuted_rows(const Corpus& corpus) const override {
    return vaecollapse::permuted_rows(evaluation_, corpus);
  }
  std::vector<vaecollapse::Row> permuted_in_equal_places(const Latents& z) const override {
    return vaecollapse::permuted_in_equal_places(evaluation_, z.places).source_of;
  }
  std::vector<double> nll(const Corpus& corpus, const LatentView& z, RowsOf source_of) override {
    return vaecollapse::nll_rows(evaluation_, corpus, z, source_of);
  }
  std::vector<vaecollapse::Guesses> decode(const Corpus& corpus, const LatentView& z,
                                           RowsOf source_of,
                                           const vaecollapse::DecodeOptions& options) override {
    return vaecollapse::decode_rows(evaluation_, corpus, z, source_of, options);
  }
  std::unique_ptr<vaecollapse::EnsembleMember<float>> member(const LatentView& z,
                                                             RowsOf source_of) override {
    return std::make_unique<vaecollapse::EnsembleMemberOf<Network, float>>(evaluation_, z,
                                                                           source_of);
  }
  std::vector<vaecollapse::Hypothesis> sample(const Corpus& corpus, const LatentView& z,
                                              RowsOf source_of, const Sampling& sampling,
                                              Index longest) override {
    const vaecollapse::SamplingOptions options{.temperature = sampling.temperature,
                                               .top_k = static_cast<Index>(sampling.top_k),
                                               .top_p = sampling.top_p,
                                               .longest = longest};
    return vaecollapse::sample_rows(evaluation_, corpus, z, source_of, options);
  }
  std::vector<std::vector<float>> attention(const Corpus& corpus) override {
    if constexpr (
        requires { network_.decoder().global_columns(); } ||
        requires { network_.decoder().attends(); }) {
      return vaecollapse::attention_rows(evaluation_, corpus);
    } else {
      vaecollapse::raise(vaecollapse::Error("attention: this decoder has nothing to attend to"));
    }
  }
  vaecollapse::Diagnosis diagnose(const Corpus& corpus,
                                  const vaecollapse::DiagnosisOptions& options) override {
    vaecollapse::Probing probing(network_, parameters_, team_);
    return vaecollapse::diagnose(evaluation_, probing, corpus, options);
  }

 protected:
  vaecollapse::Evaluation<Network>& evaluation() { return evaluation_; }

 private:
  static Latents latents(std::vector<float>&& one_each) { return {std::move(one_each), {}}; }
  static Latents latents(Latents&& sequences) { return std::move(sequences); }

  /// Settings that a run would not have taken are no model's.
  Network network_of(const Source& source) {
    try {
      return Kind::make(layout_, source.description).network;
    } catch (const vaecollapse::Error& error) {
      vaecollapse::raise(vaecollapse::InputError(
          source.file, 0, "settings that make no network (" + std::string(error.what()) + ")",
          "a model that " + std::string(Kind::Study::program) + " has trained"));
    }
  }

  /// The layout, once the file has shown that it is as large as its settings say.
  const vaecollapse::Layout& proven_layout(const Source& source) const {
    vaecollapse::check_parameters<float>(source.file, source.content, layout_);
    return layout_;
  }

  vaecollapse::Layout layout_;
  Network network_;
  vaecollapse::Parameters<float> parameters_;
  vaecollapse::Team team_;
  vaecollapse::Evaluation<Network> evaluation_;
};

}  // namespace kit

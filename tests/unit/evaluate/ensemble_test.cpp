// Ensembles: words of models with different networks against the products of their probabilities,
// enumerated; an ensemble of one against the model itself.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/evaluate/codes.hpp>
#include <vaecollapse/evaluate/decode.hpp>
#include <vaecollapse/evaluate/elbo.hpp>
#include <vaecollapse/evaluate/ensemble.hpp>
#include <vaecollapse/evaluate/importance_weights.hpp>
#include <vaecollapse/model/sequence_vae.hpp>

#include "support/places_family.hpp"
#include "support/tiny_corpus.hpp"

using namespace vaecollapse;
using vaecollapse_test::PlacesDecoder;
using vaecollapse_test::PlacesEncoder;
using vaecollapse_test::PlacesHead;
using vaecollapse_test::TinyTask;

namespace {

using PlacesNetwork = SequenceVae<PlacesEncoder, PlacesDecoder, PlacesHead>;
using Members = std::vector<std::unique_ptr<EnsembleMember<float>>>;

/// A network with weights that were drawn, and the z of every row.
template <class Network>
struct MemberModel {
  Layout layout;
  Network network;
  Parameters<float> parameters;
  Team team;
  Evaluation<Network> evaluation;
  PosteriorRows<float> posteriors;
  std::vector<Row> own_rows;

  template <class Make>
  MemberModel(const Corpus& corpus, std::uint64_t seed, Make&& make)
      : network(make(layout)),
        parameters(drawn(layout, seed)),
        evaluation(network, parameters, team, {.seed = Seed{seed}}),
        posteriors(posterior_rows(evaluation, corpus)),
        own_rows(detail::rows_in_order(corpus.size())) {}

  /// Large enough for words of one row to differ from those of another.
  static Parameters<float> drawn(const Layout& layout, std::uint64_t seed) {
    Parameters<float> parameters(layout, Seed{seed});
    for (float& value : parameters.values()) value *= 3;
    return parameters;
  }
  LatentView<float> means() const { return {posteriors.mu, posteriors.places}; }
  LatentView<float> samples() const { return {posteriors.z, posteriors.places}; }
  std::unique_ptr<EnsembleMember<float>> member(const LatentView<float>& z) {
    return std::make_unique<EnsembleMemberOf<Network, float>>(evaluation, z, own_rows);
  }
};

/// Models of four kinds: with attention and without, with a code for each place, and one whose
/// logits do not depend on the symbols before.
struct FourModels {
  TinyTask task;
  MemberModel<vaecollapse::reinflection::Network> plain, attending, historyless;
  MemberModel<PlacesNetwork> places;

  struct Kind {
    Index attention = 0;
    History history = History::embedded;
  };
  RecurrentDecoderSizes decoder_sizes(Index latent, const Kind& kind) const {
    return {.symbols = task.vocabulary.symbols(),
            .tags = task.features.size(),
            .embedding = 6,
            .hidden = 9,
            .latent = latent,
            .attention = kind.attention,
            .history = kind.history};
  }
  auto of(Kind kind) const {
    return [this, kind](Layout& layout) {
      return vaecollapse::reinflection::make_network(layout, {.symbols = task.vocabulary.symbols(),
                                                              .tags = task.features.size(),
                                                              .embedding = 6,
                                                              .encoder_hidden = 5,
                                                              .decoder_hidden = 9,
                                                              .latent = 3,
                                                              .attention = kind.attention,
                                                              .history = kind.history});
    };
  }

  FourModels()
      : plain(task.corpus, 3, of({})),
        attending(task.corpus, 4, of({.attention = 5})),
        historyless(task.corpus, 5, of({.history = History::absent})),
        places(task.corpus, 6, [this](Layout& layout) {
          const Index symbols = task.vocabulary.symbols();
          PlacesEncoder encoder(layout, "encoder", symbols, 7);
          PlacesHead head(layout, "posterior", encoder.width(), 4);
          PlacesDecoder decoder(layout, "decoder", decoder_sizes(4, {}));
          return PlacesNetwork(std::move(encoder), std::move(head), std::move(decoder));
        }) {}

  Members of_means() {
    Members members;
    members.push_back(plain.member(plain.means()));
    members.push_back(attending.member(attending.means()));
    members.push_back(historyless.member(historyless.means()));
    members.push_back(places.member(places.means()));
    return members;
  }
};

/// The logits of every symbol behind `before`, for one row, by the pass that trains.
template <class Model>
std::vector<double> logits_after(Model& model, const Corpus& corpus, Row row,
                                 const std::vector<Symbol>& before, const LatentView<float>& z) {
  auto& ws = model.evaluation.workspace();
  const Scope scope(ws);
  const Batch batch(corpus, std::vector<Row>{row});
  const auto own = detail::gather(model.evaluation, z, batch, model.own_rows);
  const auto given = model.network.conditioning(ws, own, batch);
  std::vector<Symbol> inputs{Vocabulary::start};
  inputs.insert(inputs.end(), before.begin(), before.end());
  const SequencePlan plan(std::vector<Index>{static_cast<Index>(inputs.size())});
  const auto logits = model.network.decoder()(ws, given, Symbols{&plan, inputs});
  const auto last = logits.columns.view().column(logits.columns.columns() - 1);
  return {last, last + logits.columns.rows()};
}

/// Multiplies in the probabilities of one model.
template <class Model>
void multiply_in(Model& model, const Corpus& corpus, Row row, const std::vector<Symbol>& before,
                 const LatentView<float>& z, std::vector<double>& product) {
  const std::vector<double> logits = logits_after(model, corpus, row, before, z);
  double sum = 0;
  for (const double logit : logits) sum += std::exp(logit);
  product.resize(logits.size(), 1.0);
  for (std::size_t v = 0; v < logits.size(); ++v) product[v] *= std::exp(logits[v]) / sum;
}

/// What each symbol's probability is by all four: the geometric mean, normalised.
template <class ZOf>
std::vector<double> probabilities(FourModels& models, Row row, const std::vector<Symbol>& before,
                                  ZOf&& z_of) {
  std::vector<double> product;
  const auto& corpus = models.task.corpus;
  multiply_in(models.plain, corpus, row, before, z_of(models.plain), product);
  multiply_in(models.attending, corpus, row, before, z_of(models.attending), product);
  multiply_in(models.historyless, corpus, row, before, z_of(models.historyless), product);
  multiply_in(models.places, corpus, row, before, z_of(models.places), product);
  double sum = 0;
  for (double& one : product) sum += one = std::pow(one, 0.25);
  for (double& one : product) one /= sum;
  return product;
}

/// The log probability of every word of at most two characters; those of two are cut.
std::map<std::vector<Symbol>, double> all_words(FourModels& models, Row row) {
  const auto means = [](const auto& model) { return model.means(); };
  const Index symbols = models.task.vocabulary.symbols();
  std::map<std::vector<Symbol>, double> words;
  const std::vector<double> first = probabilities(models, row, {}, means);
  words[{}] = std::log(first[Vocabulary::end]);
  for (Symbol a = 0; a < symbols; ++a) {
    if (!detail::may_follow(a) || a == Vocabulary::end) continue;
    const std::vector<double> second = probabilities(models, row, {a}, means);
    for (Symbol b = 0; b < symbols; ++b) {
      if (!detail::may_follow(b)) continue;
      std::vector<Symbol> word{a};
      if (b != Vocabulary::end) word.push_back(b);
      words[word] = std::log(first[static_cast<std::size_t>(a)]) +
                    std::log(second[static_cast<std::size_t>(b)]);
    }
  }
  return words;
}

}  // namespace

TEST_CASE("a wide beam of an ensemble finds the likeliest of all words by the members' product") {
  FourModels models;
  const Members members = models.of_means();
  const DecodeOptions options{.beam = 400, .nbest = 50, .length_factor = 0, .length_slack = 2};
  const auto found = decode_rows<float>(members, models.task.corpus, options);
  REQUIRE(found.size() == 72);
  for (const Row row : {Row{0}, Row{1}, Row{31}, Row{71}}) {
    CAPTURE(row);
    const auto words = all_words(models, row);
    std::vector<double> ranked;
    for (const auto& [word, log_probability] : words) ranked.push_back(log_probability);
    std::sort(ranked.rbegin(), ranked.rend());
    REQUIRE(found[row].size() == 50);
    for (std::size_t i = 0; i < 50; ++i) {
      const Hypothesis& guess = found[row][i];
      CHECK(guess.log_probability == doctest::Approx(ranked[i]).epsilon(1e-4));
      CHECK(guess.log_probability == doctest::Approx(words.at(guess.ids)).epsilon(1e-4));
      CHECK(guess.is_cut == (guess.ids.size() == 2));
    }
  }
}

TEST_CASE("greedy search of an ensemble takes the likeliest symbol of the members' product") {
  FourModels models;
  const Members members = models.of_means();
  const DecodeOptions options{.length_factor = 0, .length_slack = 6};
  const auto found = decode_rows<float>(members, models.task.corpus, options);
  const auto means = [](const auto& model) { return model.means(); };
  for (Row row = 0; row < 72; row += 7) {
    CAPTURE(row);
    REQUIRE(found[row].size() == 1);
    std::vector<Symbol> before;
    double log_probability = 0;
    for (bool grows = true; grows;) {
      const std::vector<double> p = probabilities(models, row, before, means);
      Symbol best = Vocabulary::end;
      for (Symbol v = 0; v < models.task.vocabulary.symbols(); ++v) {
        if (detail::may_follow(v) && p[std::size_t(v)] > p[std::size_t(best)]) best = v;
      }
      log_probability += std::log(p[std::size_t(best)]);
      if (best != Vocabulary::end) before.push_back(best);
      grows = best != Vocabulary::end && before.size() < 6;
    }
    CHECK(found[row].front().ids == before);
    CHECK(found[row].front().log_probability == doctest::Approx(log_probability).epsilon(1e-4));
  }
}

TEST_CASE("the NLL of an ensemble is that of its targets by the members' product") {
  FourModels models;
  Members members;
  members.push_back(models.plain.member(models.plain.samples()));
  members.push_back(models.attending.member(models.attending.samples()));
  members.push_back(models.historyless.member(models.historyless.samples()));
  members.push_back(models.places.member(models.places.samples()));
  const auto& corpus = models.task.corpus;
  const auto found = nll_rows<float>(members, corpus);
  const auto samples = [](const auto& model) { return model.samples(); };
  for (Row row = 0; row < 72; row += 5) {
    CAPTURE(row);
    const auto target = corpus.target(row);
    std::vector<Symbol> before;
    double nll = 0;
    for (std::size_t t = 0; t <= target.size(); ++t) {
      const Symbol next = t < target.size() ? target[t] : Symbol{Vocabulary::end};
      nll -= std::log(probabilities(models, row, before, samples)[std::size_t(next)]);
      before.push_back(next);
    }
    CHECK(found[row] == doctest::Approx(nll).epsilon(1e-4));
  }
}

TEST_CASE("an ensemble of one is the model, and of the same model twice is, too") {
  FourModels models;
  auto& model = models.attending;
  MemberModel<vaecollapse::reinflection::Network> twin(models.task.corpus, 4,
                                                       models.of({.attention = 5}));
  const auto& corpus = models.task.corpus;
  for (const DecodeOptions options : {DecodeOptions{}, DecodeOptions{.beam = 4, .nbest = 3}}) {
    const auto alone = decode_rows(model.evaluation, corpus, options);
    for (const bool is_twice : {false, true}) {
      Members members;
      members.push_back(model.member(model.means()));
      if (is_twice) members.push_back(twin.member(twin.means()));
      const auto found = decode_rows<float>(members, corpus, options);
      for (Row row = 0; row < 72; ++row) {
        REQUIRE(found[row].size() == alone[row].size());
        for (std::size_t i = 0; i < found[row].size(); ++i) {
          CHECK(found[row][i].ids == alone[row][i].ids);
          CHECK(found[row][i].log_probability ==
                doctest::Approx(alone[row][i].log_probability).epsilon(1e-5));
        }
      }
    }
  }
  Members members;
  members.push_back(model.member(model.samples()));
  const auto nll = nll_rows<float>(members, corpus);
  const ElboRows elbo = elbo_rows(model.evaluation, corpus);
  for (Row row = 0; row < 72; ++row)
    CHECK(nll[row] == doctest::Approx(elbo.nll[row]).epsilon(1e-5));
}

TEST_CASE("an ensemble of no members, and one of members with other symbols, is refused") {
  FourModels models;
  CHECK_THROWS_WITH_AS(decode_rows<float>(Members(), models.task.corpus),
                       "ensemble: there are no members", Error);
  MemberModel<vaecollapse::reinflection::Network> other(models.task.corpus, 4, [&](Layout& layout) {
    return vaecollapse::reinflection::make_network(layout,
                                                   {.symbols = models.task.vocabulary.symbols() + 1,
                                                    .tags = models.task.features.size(),
                                                    .embedding = 6,
                                                    .encoder_hidden = 5,
                                                    .decoder_hidden = 9,
                                                    .latent = 3});
  });
  Members members;
  members.push_back(models.plain.member(models.plain.means()));
  members.push_back(other.member(other.means()));
  const std::string symbols = std::to_string(models.task.vocabulary.symbols());
  const std::string more = std::to_string(models.task.vocabulary.symbols() + 1);
  CHECK_THROWS_WITH_AS(decode_rows<float>(members, models.task.corpus),
                       ("ensemble: its members have " + symbols + " and " + more +
                        " symbols: all must have the same")
                           .c_str(),
                       Error);
  CHECK_THROWS_AS(decode_rows<float>(models.of_means(), models.task.corpus, {.beam = 0}), Error);
}

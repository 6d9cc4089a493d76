// The attending decoder: its steps are its sequence, searches find what one pass says, it reads of
// the source nothing but z, and it refuses what it cannot read.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/model/attending_decoder.hpp>
#include <vaecollapse/model/decode.hpp>
#include <vaecollapse/model/sample.hpp>
#include <vaecollapse/model/sequence_vae.hpp>
#include <vaecollapse/nn/any_cell.hpp>
#include <vaecollapse/nn/lstm.hpp>

#include "support/places_family.hpp"
#include "support/tiny_corpus.hpp"
#include "support/values.hpp"

namespace vc = vaecollapse;
using vaecollapse_test::column;
using vaecollapse_test::greatest_difference;
using vaecollapse_test::values;
using vc::Index;
using vc::Symbol;

static_assert(vc::DropsUnits<vc::AttendingDecoder<>> &&
              vc::DropsUnits<vc::AttendingDecoder<vc::Lstm>> &&
              vc::DropsUnits<vc::AttendingDecoder<vc::AnyCell>>);
static_assert(!vc::MayBeParallel<vc::AttendingDecoder<>>);

namespace attending_test {

constexpr Index symbols = 7, tag_count = 3, hidden = 6, latent = 3, rows = 4;

vc::AttendingDecoderSizes sizes(Index global = 0, Index tags = tag_count) {
  return {.symbols = symbols,
          .tags = tags,
          .embedding = 4,
          .hidden = hidden,
          .latent = latent,
          .global = global,
          .attention = 5,
          .tag_embedding = 2};
}

/// All that a decoder can be made with, once or more.
std::vector<vc::AttendingDecoderSizes> several_sizes() {
  std::vector<vc::AttendingDecoderSizes> all{sizes(), sizes(3), sizes(4), sizes(2, 0)};
  all.push_back(sizes(1));
  all.back().place_embedding = 3;
  all.back().places = 2;
  all.push_back(sizes());
  all.back().mean_into.h0 = false;
  all.push_back(sizes(1));
  all.back().mean_into.inputs = false;
  all.push_back(sizes(2));
  all.back().hidden = 37;
  all.back().attention = 70;
  return all;
}

/// A decoder, and four rows with z of 1 to 5 places and tags for it.
template <class Scalar, class Recurrent = vc::Gru>
struct Model {
  vc::Layout layout;
  vc::AttendingDecoder<Recurrent> decoder;
  vc::Parameters<Scalar> parameters;
  vc::Workspace<Scalar> workspace;
  std::vector<Index> places{3, 1, 5, 3}, lengths{2, 4, 1, 3}, first_tag{0, 1, 1, 3, 4};
  std::vector<Symbol> tag_ids{2, 0, 1, 1}, ids{1, 1, 1, 1, 3, 4, 5, 3, 4, 5};
  vc::SequencePlan of_z, of_inputs{std::span<const Index>(lengths)};
  vc::Scope<vc::Workspace<Scalar>> scope{workspace};
  vc::Conditions<Scalar, vc::Sequence<Scalar>> given;

  explicit Model(const vc::AttendingDecoderSizes& wanted, vc::Team* team = nullptr)
      : decoder(layout, "decoder", wanted),
        parameters(layout, vc::Seed{5}),
        workspace(team == nullptr ? vc::Workspace<Scalar>(parameters)
                                  : vc::Workspace<Scalar>(parameters, *team)) {
    for (Scalar& value : parameters.values()) value *= 3;
    for (Index& count : places) count += decoder.global_columns();
    of_z.assign(places);
    const auto z = workspace.template make<2>(vc::Shape<2>{{latent, of_z.columns()}});
    for (Index i = 0; i < z.size(); ++i) z.data()[i] = Scalar(std::sin(1 + 5.7 * double(i)));
    given = {.z = {z, &of_z}, .tags = vc::TagSets(first_tag, tag_ids)};
  }

  vc::Symbols inputs() const { return {&of_inputs, ids}; }

  /// log p of a word for a row, from one pass over the whole of it.
  double log_probability(Index row, const vc::Hypothesis& word) {
    std::vector<Index> of_rows(rows, 0);
    vc::at(of_rows, row) = Index(word.ids.size()) + (word.is_cut ? 0 : 1);
    std::vector<Symbol> read{vc::Vocabulary::start}, targets = word.ids;
    read.insert(read.end(), word.ids.begin(), word.ids.end());
    targets.push_back(vc::Vocabulary::end);
    read.resize(static_cast<std::size_t>(vc::at(of_rows, row)));
    const vc::SequencePlan plan(of_rows);
    const auto logits = decoder(workspace, given, vc::Symbols{&plan, read}).columns.view();
    double sum = 0;
    for (Index t = 0; t < logits.columns; ++t) {
      double all = 0;
      for (Index v = 0; v < logits.rows; ++v) all += std::exp(double(logits(v, t)));
      sum += double(logits(vc::at(targets, t), t)) - std::log(all);
    }
    return sum;
  }
};

/// Steps for all rows at once, of which some have several columns, against the sequence.
template <class Scalar, class Recurrent>
void check_steps(const vc::AttendingDecoderSizes& wanted, double tolerance,
                 const vc::AblatedParts& without = {}) {
  Model<Scalar, Recurrent> model(wanted);
  model.decoder = model.decoder.without(without);
  const auto all = model.decoder(model.workspace, model.given, model.inputs()).columns;
  const auto steps = model.decoder.steps(model.workspace, model.given);
  const Index state = steps.start().rows;
  // Row r has one column, and one more for each of three others.
  const std::vector<Index> of_columns{2, 0, 1, 3, 0, 3, 1};
  const auto count = static_cast<Index>(of_columns.size());
  const auto before = model.workspace.template make<2>(vc::Shape<2>{{state, count}});
  const auto after = model.workspace.template make<2>(vc::Shape<2>{{state, count}});
  const auto logits = model.workspace.template make<2>(vc::Shape<2>{{symbols, count}});
  for (Index i = 0; i < count; ++i) {
    std::copy_n(steps.start().column(vc::at(of_columns, i)), state, before.value_view().column(i));
  }
  int compared = 0;
  for (Index t = 0; t < model.of_inputs.steps(); ++t) {
    std::vector<Symbol> read;
    for (const Index row : of_columns) {
      const bool goes_on = t < model.of_inputs.length(row);
      read.push_back(goes_on ? vc::at(model.ids, model.of_inputs.column(row, t)) : 1);
    }
    steps.step(model.workspace, read, of_columns, before.view(), after.value_view(),
               logits.value_view());
    for (Index i = 0; i < count; ++i) {
      const Index row = vc::at(of_columns, i);
      if (t >= model.of_inputs.length(row)) continue;
      CHECK(greatest_difference(column(logits, i), column(all, model.of_inputs.column(row, t))) <
            tolerance);
      ++compared;
    }
    std::copy_n(after.data(), after.size(), before.data());
  }
  CHECK(compared == 19);
}

/// What every search finds has the probability that one pass over it gives.
template <class Recurrent>
void check_searches(const vc::AttendingDecoderSizes& wanted) {
  Model<double, Recurrent> model(wanted);
  // Words are long.
  model.parameters.values(*model.layout.find("decoder.output.bias"))[vc::Vocabulary::end] = -4;
  const auto check_words = [&](const std::vector<vc::Guesses>& guesses, std::size_t least) {
    std::size_t long_words = 0;
    REQUIRE(guesses.size() == std::size_t{rows});
    for (Index row = 0; row < rows; ++row) {
      CHECK(vc::at(guesses, row).size() >= least);
      for (const vc::Hypothesis& word : vc::at(guesses, row)) {
        CHECK(word.log_probability ==
              doctest::Approx(model.log_probability(row, word)).epsilon(1e-10));
        if (word.ids.size() > 2) ++long_words;
      }
    }
    CHECK(long_words > 0);
  };
  check_words(vc::greedy(model.workspace, model.decoder, model.given, {.longest = 6}), 1);
  check_words(vc::beam_search(model.workspace, model.decoder, model.given,
                              {.beam = 4, .nbest = 3, .longest = 6}),
              2);
  const std::vector<std::uint32_t> corpus_rows{4, 9, 2, 7};
  std::vector<vc::Guesses> sampled;
  for (vc::Hypothesis& word : vc::sample_words(model.workspace, model.decoder, model.given,
                                               vc::Draws(3, 1), corpus_rows, {.longest = 6})) {
    sampled.push_back({std::move(word)});
  }
  check_words(sampled, 1);
}

}  // namespace attending_test

namespace at_ = attending_test;

TEST_CASE("the attending decoder's steps are its sequence, for rows in any multiplicity") {
  for (const auto& wanted : at_::several_sizes()) {
    CAPTURE(wanted.global);
    CAPTURE(wanted.tags);
    at_::check_steps<double, vc::Gru>(wanted, 1e-12);
    at_::check_steps<float, vc::Gru>(wanted, 1e-4);
  }
  at_::check_steps<double, vc::Lstm>(at_::sizes(2), 1e-12);
  for (const vc::AblatedParts parts : {vc::AblatedParts{.mean = true}, {.attended = true}}) {
    at_::check_steps<double, vc::Gru>(at_::sizes(4), 1e-12, parts);
  }
}

TEST_CASE("the attending decoder without the mean and without attention has no place of z") {
  at_::Model<double> model(at_::sizes(4));
  const auto logits = [&](const vc::AblatedParts& parts) {
    const auto decoder = model.decoder.without(parts);
    return values(decoder(model.workspace, model.given, model.inputs()).columns);
  };
  const auto whole = logits({}), no_mean = logits({.mean = true});
  const auto no_attended = logits({.attended = true}), neither = logits({true, true});
  for (const auto* other : {&no_mean, &no_attended}) {
    CHECK(greatest_difference(*other, whole) > 0.01);
    CHECK(greatest_difference(*other, neither) > 0.01);
  }
  // The places at 0, the global z as it is.
  const auto z = model.given.z.columns.value_view();
  const Index first = model.of_z.offset(model.decoder.global_columns());
  std::fill(z.column(first), z.column(z.columns), 0.0);
  CHECK(greatest_difference(logits({}), neither) < 1e-12);
}

TEST_CASE("the attending decoder of a cell chosen at run time is that of the cell") {
  at_::Model<float> model(at_::sizes(4));
  vc::Layout layout;
  const vc::AttendingDecoder<vc::AnyCell> erased(layout, "decoder", at_::sizes(4),
                                                 vc::CellFactory<vc::AnyCell>::of<vc::Gru>());
  REQUIRE(layout.entries().size() == model.layout.entries().size());
  vc::Parameters<float> parameters(layout);
  for (std::size_t i = 0; i < layout.entries().size(); ++i) {
    CHECK(layout.entries()[i].name == model.layout.entries()[i].name);
  }
  std::copy(model.parameters.values().begin(), model.parameters.values().end(),
            parameters.values().begin());
  vc::Workspace<float> workspace(parameters);
  const vc::Scope<vc::Workspace<float>> scope(workspace);
  const auto z = workspace.make<2>(model.given.z.columns.shape());
  std::copy_n(model.given.z.columns.data(), z.size(), z.data());
  const vc::Conditions<float, vc::Sequence<float>> given{.z = {z, &model.of_z},
                                                         .tags = model.given.tags};
  CHECK(values(erased(workspace, given, model.inputs()).columns) ==
        values(model.decoder(model.workspace, model.given, model.inputs()).columns));
  const auto words = vc::greedy(workspace, erased, given),
             expected = vc::greedy(model.workspace, model.decoder, model.given);
  for (std::size_t row = 0; row < words.size(); ++row) {
    CHECK(words[row].front().ids == expected[row].front().ids);
    CHECK(words[row].front().log_probability == expected[row].front().log_probability);
  }
}

TEST_CASE("the attending decoder: what searches find is as likely as one pass says") {
  at_::check_searches<vc::Gru>(at_::sizes());
  at_::check_searches<vc::Gru>(at_::sizes(4));
  at_::check_searches<vc::Lstm>(at_::sizes(2));
}

TEST_CASE("the attending decoder: weights of attention are a distribution over a row's places") {
  at_::Model<double> model(at_::sizes(4));
  const auto weights =
      values(model.decoder.attention(model.workspace, model.given, model.inputs()));
  std::size_t first = 0;
  for (Index t = 0; t < model.of_inputs.steps(); ++t) {
    for (Index j = 0; j < model.of_inputs.active(t); ++j) {
      const Index row = vc::at(model.of_inputs.order(), j);
      const Index count = model.of_z.length(row) - model.decoder.global_columns();
      double sum = 0;
      for (Index place = 0; place < count; ++place) {
        CHECK(weights.at(first) > 0);
        sum += weights[first++];
      }
      CHECK(sum == doctest::Approx(1).epsilon(1e-12));
    }
  }
  CHECK(first == weights.size());
}

TEST_CASE("the attending decoder reads z as it says: global numbers, places, and their order") {
  // The difference of row 2's logits at the first symbol when a number of z is another. Row 2 has
  // two global columns, of whose six numbers four are read, and five places.
  const auto difference = [](const vc::AttendingDecoderSizes& wanted, Index step, Index number) {
    at_::Model<double> model(wanted);
    const auto logits = [&] {
      return values(model.decoder(model.workspace, model.given, model.inputs()).columns);
    };
    const auto before = logits();
    model.given.z.columns.value_view()(number, model.of_z.column(2, step)) += 1;
    return greatest_difference(before, logits());
  };
  const auto wanted = at_::sizes(4);
  CHECK(difference(wanted, 0, 2) > 1e-3);
  CHECK(difference(wanted, 1, 0) > 1e-3);
  CHECK(difference(wanted, 1, 1) == 0);  // left over
  CHECK(difference(wanted, 1, 2) == 0);
  for (Index step = 2; step < 7; ++step) CHECK(difference(wanted, step, 1) > 1e-6);

  // Two places in each other's place: the same to rounding, unless places are embedded.
  const auto exchanged = [](Index place_embedding) {
    auto sizes_of_places = at_::sizes(4);
    sizes_of_places.place_embedding = place_embedding;
    at_::Model<double> model(sizes_of_places);
    const auto before = values(model.decoder(model.workspace, model.given, model.inputs()).columns);
    const auto z = model.given.z.columns.value_view();
    for (Index i = 0; i < at_::latent; ++i) {
      std::swap(z(i, model.of_z.column(2, 3)), z(i, model.of_z.column(2, 6)));
    }
    return greatest_difference(
        before, values(model.decoder(model.workspace, model.given, model.inputs()).columns));
  };
  CHECK(exchanged(0) < 1e-12);
  CHECK(exchanged(2) > 1e-6);
}

TEST_CASE("the attending decoder has the same bits on one to three threads") {
  const auto numbers = [](int threads) {
    vc::Team team(threads);
    at_::Model<float> model(at_::sizes(4));
    vc::Tape<float> tape(model.parameters, team);
    const vc::Scope<vc::Tape<float>> scope(tape);
    const auto z = tape.make<2>(model.given.z.columns.shape());
    std::copy_n(model.given.z.columns.data(), z.size(), z.data());
    const auto logits =
        model.decoder(tape, {.z = {z, &model.of_z}, .tags = model.given.tags}, model.inputs());
    for (Index i = 0; i < logits.columns.size(); ++i) {
      logits.columns.gradient_data()[i] = std::sin(float(i));
    }
    tape.run_backward();
    auto all = values(logits.columns);
    all.insert(all.end(), z.gradient_data(), z.gradient_data() + z.size());
    const auto gradients = model.parameters.gradients();
    all.insert(all.end(), gradients.begin(), gradients.end());
    vc::Workspace<float> workspace(model.parameters, team);
    for (const auto& guesses :
         vc::beam_search(workspace, model.decoder, model.given, {.beam = 3, .nbest = 2})) {
      for (const auto& word : guesses) all.push_back(float(word.log_probability));
    }
    return all;
  };
  const auto alone = numbers(1);
  CHECK(numbers(2) == alone);
  CHECK(numbers(3) == alone);
}

TEST_CASE("the attending decoder knows no letter of the source but by z") {
  const vaecollapse_test::TinyTask task;
  auto examples = task.examples;
  for (auto& example : examples) std::reverse(example.source.begin(), example.source.end());
  const vaecollapse_test::reinflection::Corpus other_letters(examples, task.vocabulary,
                                                             task.features);
  vc::Layout layout;
  const vaecollapse_test::PlacesEncoder encoder(layout, "encoder", task.vocabulary.symbols(), 6);
  const vaecollapse_test::PlacesHead posterior(layout, "posterior", encoder.width(), at_::latent);
  auto wanted = at_::sizes(2, task.features.size());
  wanted.symbols = task.vocabulary.symbols();
  const vc::AttendingDecoder<> decoder(layout, "decoder", wanted);
  const vc::SequenceVae network(encoder, posterior, decoder);
  const vc::Parameters<float> parameters(layout, vc::Seed{3});
  vc::Workspace<float> workspace(parameters);
  const vc::Scope<vc::Workspace<float>> scope(workspace);
  const std::vector<vc::Row> rows{0, 1, 5, 2, 40, 41, 17};
  const vc::Batch batch(task.corpus, rows), others(other_letters, rows);
  REQUIRE(!std::equal(batch.source().ids.begin(), batch.source().ids.end(),
                      others.source().ids.begin()));
  const auto z = posterior.mean(network.encode(workspace, batch));
  const auto nll = [&](const vc::Batch& of, const vc::Sequence<float>& from) {
    return values(network.reconstruct(workspace, from, of, of.inputs()));
  };
  const auto words = [&](const vc::Batch& of) {
    std::vector<std::pair<std::vector<Symbol>, double>> found;
    for (const auto& guesses :
         vc::decode(workspace, decoder, network.conditioning(workspace, z, of), *of.source().plan,
                    {.beam = 3, .nbest = 1})) {
      found.push_back({guesses.front().ids, guesses.front().log_probability});
    }
    return found;
  };
  CHECK(nll(others, z) == nll(batch, z));
  CHECK(words(others) == words(batch));
  CHECK(nll(others, posterior.mean(network.encode(workspace, others))) != nll(batch, z));
}

TEST_CASE("the attending decoder refuses sizes and a z that it cannot read") {
  const auto refusal = [](const vc::AttendingDecoderSizes& wanted) {
    vc::Layout layout;
    try {
      const vc::AttendingDecoder<> decoder(layout, "decoder", wanted);
    } catch (const vc::Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  auto wanted = at_::sizes(-1);
  CHECK(refusal(wanted) ==
        "attending decoder: latent, global and attention are 3, -1 and 5: they must be at least 1, "
        "0 and 1");
  wanted = at_::sizes();
  wanted.place_embedding = 2;
  wanted.places = 0;
  CHECK(refusal(wanted) ==
        "attending decoder: place_embedding and places are 2 and 0: they must be at least 0 and 1");
  wanted = at_::sizes(0, 0);
  wanted.mean_into.h0 = false;
  CHECK(refusal(wanted) ==
        "attending decoder: h_0 depends on nothing: let the mean over the places enter");
  wanted = at_::sizes();
  wanted.mean_into.output = true;
  CHECK(refusal(wanted) ==
        "attending decoder: the mean over the places enters h_0 and the inputs alone");

  at_::Model<double> model(at_::sizes(4));
  const auto decode = [&](const vc::Conditions<double, vc::Sequence<double>>& given) {
    model.decoder(model.workspace, given, model.inputs());
  };
  const auto narrow = model.workspace.make<2>(vc::Shape<2>{{2, model.of_z.columns()}});
  CHECK_THROWS_WITH_AS(
      decode({.z = {narrow, &model.of_z}, .tags = model.given.tags}),
      doctest::Contains("z must have a row for each latent dimension and a column for each place"),
      vc::ShapeError);
  const std::vector<Index> short_rows{2, 3, 1, 4};
  const vc::SequencePlan plan{std::span<const Index>(short_rows)};
  const auto few = model.workspace.make<2>(vc::Shape<2>{{at_::latent, plan.columns()}});
  CHECK_THROWS_WITH_AS(decode({.z = {few, &plan}, .tags = model.given.tags}),
                       doctest::Contains("row, its places is [2 x 1], vector is [4]: the places of "
                                         "a row must hold its vector"),
                       vc::ShapeError);
}

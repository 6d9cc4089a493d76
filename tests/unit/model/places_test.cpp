// The encoder of places, and networks of places: what the decoder is given, and what it is not.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/model/encoder.hpp>
#include <vaecollapse/model/places_encoder.hpp>
#include <vaecollapse/model/step.hpp>
#include <vaecollapse/nn/any_cell.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/lstm.hpp>
#include <vaecollapse/objective/places.hpp>

#include "support/places_network.hpp"
#include "support/tiny_corpus.hpp"

namespace places_model_test {
namespace {

namespace vc = vaecollapse;
using vaecollapse_test::make_places_network;
using vaecollapse_test::SmallPlaces;
using vaecollapse_test::TinyTask;
using vc::Index;
using vc::Row;

static_assert(vc::Encoder<vc::PlacesEncoder<vc::Gru>> &&
              vc::Encoder<vc::PlacesEncoder<vc::AnyCell>>);

constexpr Index symbols = 9, tags = 3;

/// Sources that differ in letters and not in lengths: rows 0 to 2, and rows 3 to 5.
vc::Corpus twins() {
  vc::Corpus corpus;
  const auto add = [&](std::vector<vc::Symbol> source, std::vector<vc::Symbol> target) {
    corpus.add(source, target, std::vector<vc::Symbol>{1, 2});
  };
  add({3, 4, 5, 6}, {3, 4});
  add({7}, {5, 5, 5});
  add({8, 8, 3}, {6});
  add({8, 7, 3, 3}, {3, 4});
  add({4}, {5, 5, 5});
  add({5, 6, 7}, {6});
  return corpus;
}

const std::vector<SmallPlaces> all_kinds{{.place = 4},
                                         {.place = 3, .global = 7},
                                         {.place = 4, .slots = 5, .counts_length = false},
                                         {.place = 3, .global = 2, .slots = 2}};

template <class Scalar>
std::vector<Scalar> numbers(const vc::Var<Scalar, 2>& x) {
  return {x.data(), x.data() + x.size()};
}
template <class Scalar>
std::vector<Scalar> numbers(const vc::Var<Scalar, 1>& x) {
  return {x.data(), x.data() + x.size()};
}

/// A copy of z that no longer depends on what it was computed from.
vc::Sequence<float> detached(vc::Workspace<float>& workspace, const vc::Sequence<float>& z) {
  std::vector<Index> lengths;
  for (Index row = 0; row < z.plan->batch(); ++row) lengths.push_back(z.plan->length(row));
  const auto columns = workspace.make<2>(z.columns.shape());
  std::copy_n(z.columns.data(), z.columns.size(), columns.data());
  return {columns, &workspace.plan(lengths)};
}

/// The NLL of a batch's targets with a z that is given.
template <class Network>
std::vector<float> nll_of(const Network& network, vc::Workspace<float>& workspace,
                          const vc::Sequence<float>& z, const vc::Batch& batch) {
  return numbers(network.reconstruct(workspace, z, batch, batch.inputs()));
}

}  // namespace

TEST_CASE("places: the code begins with that of a plain encoder, and goes on with its states") {
  vc::Layout layout, plain_layout;
  const vc::PlacesEncoder<vc::Gru> encoder(layout, "encoder", {symbols, 5, 6});
  const vc::BiGruEncoder plain(plain_layout, "encoder", {symbols, 5, 6});
  REQUIRE(layout.hash() == plain_layout.hash());
  const vc::Parameters<float> parameters(layout, vc::Seed{4});
  vc::Workspace<float> workspace(parameters);
  const vc::Corpus corpus = twins();
  const std::vector<Row> rows{1, 0, 2};
  const vc::Batch batch(corpus, rows), ended(corpus, rows, {.end_of_source = true});
  const auto code = encoder(workspace, batch);
  REQUIRE(code.columns.rows() == encoder.width());
  for (Index row = 0; row < 3; ++row) {
    const auto length = Index(corpus.source(rows[static_cast<std::size_t>(row)]).size());
    CHECK(code.plan->length(row) == length + 2);
    CHECK(encoder.places(length) == length + 1);
  }
  const auto word = vc::leading_vector(workspace, code, encoder.width());
  CHECK(numbers(word) == numbers(plain(workspace, ended)));
  // The last state of the forward direction, and the first of the other, are those of the word.
  const Index last = code.plan->column(1, 5), first = code.plan->column(1, 1);
  for (Index i = 0; i < 6; ++i) {
    CHECK(code.columns.view()(i, last) == word.view()(i, 1));
    CHECK(code.columns.view()(6 + i, first) == word.view()(6 + i, 1));
  }
  // A batch whose sources have an end symbol gets no other.
  CHECK(numbers(encoder(workspace, ended).columns) == numbers(code.columns));
}

TEST_CASE("places: slots are as many whatever the word, and no two find the same") {
  vc::Layout layout;
  const vc::PlacesEncoder<vc::Gru> encoder(
      layout, "encoder",
      {.symbols = symbols, .embedding = 5, .hidden = 6, .slots = 3, .compare = 4});
  CHECK(encoder.slots() == 3);
  CHECK(encoder.places(1) == 3);
  CHECK(encoder.places(40) == 3);
  const vc::Parameters<float> parameters(layout, vc::Seed{4});
  vc::Workspace<float> workspace(parameters);
  const vc::Corpus corpus = twins();
  const auto code = encoder(workspace, vc::Batch(corpus, std::vector<Row>{0, 1, 2}));
  REQUIRE(code.columns.rows() == encoder.width());
  for (Index row = 0; row < 3; ++row) {
    REQUIRE(code.plan->length(row) == 4);
    for (const auto& [one, other] : {std::pair(1, 2), std::pair(1, 3), std::pair(2, 3)}) {
      CHECK(code.columns.view()(0, code.plan->column(row, one)) !=
            code.columns.view()(0, code.plan->column(row, other)));
    }
  }
  // A word's slots do not depend on which words stand beside it.
  const auto alone = encoder(workspace, vc::Batch(corpus, std::vector<Row>{2}));
  for (Index step = 0; step < 4; ++step) {
    CHECK(alone.columns.view()(3, step) == code.columns.view()(3, code.plan->column(2, step)));
  }
  vc::Layout refused;
  CHECK_THROWS_WITH_AS(
      vc::PlacesEncoder<vc::Gru>(refused, "encoder",
                                 {.symbols = symbols, .embedding = 5, .hidden = 6, .slots = -1}),
      "PlacesEncoder: slots are -1: they must be 0 at least", vc::Error);
}

TEST_CASE("places: a cell chosen at run time gives the same bits") {
  const TinyTask task;
  const vc::Batch batch(task.corpus, std::vector<Row>{0, 1, 5, 30});
  const auto check = [&]<class Recurrent>(const vc::CellFactory<Recurrent>& make_cell) {
    vc::Layout layout, any_layout;
    const SmallPlaces sizes{.place = 3, .global = 4, .slots = 2};
    const auto network = make_places_network<Recurrent>(layout, task.vocabulary.symbols(),
                                                        task.features.size(), sizes, make_cell);
    const auto any = make_places_network<vc::AnyCell>(
        any_layout, task.vocabulary.symbols(), task.features.size(), sizes,
        vc::CellFactory<vc::AnyCell>::of<Recurrent>());
    REQUIRE(layout.hash() == any_layout.hash());
    vc::Parameters<float> one(layout, vc::Seed{2}), other(any_layout, vc::Seed{2});
    vc::count_lengths(network, one, task.corpus);
    vc::count_lengths(any, other, task.corpus);
    vc::Tape<float> tape(one), any_tape(other);
    const vc::Scope scope(tape), any_scope(any_tape);
    const vc::Places<> objective(2, {.global = 1});
    const vc::Draws draws(3, 4);
    const auto terms = network.terms(tape, batch, draws, batch.inputs());
    const auto any_terms = any.terms(any_tape, batch, draws, batch.inputs());
    CHECK(numbers(terms.nll) == numbers(any_terms.nll));
    CHECK(numbers(terms.kl) == numbers(any_terms.kl));
    CHECK(terms.leading.count() == 3);
    CHECK(vc::backward(tape, objective, terms).loss ==
          vc::backward(any_tape, objective, any_terms).loss);
    CHECK(std::equal(one.gradients().begin(), one.gradients().end(), other.gradients().begin()));
  };
  check(vc::CellFactory<vc::Gru>{});
  check(vc::CellFactory<vc::Lstm>{});
}

TEST_CASE("places: with z, the number of places and the tags fixed, letters change no bit") {
  const vc::Corpus corpus = twins();
  const vc::Batch batch(corpus, std::vector<Row>{0, 1, 2}),
      other(corpus, std::vector<Row>{3, 4, 5});
  for (const SmallPlaces& sizes : all_kinds) {
    CAPTURE(sizes.global);
    CAPTURE(sizes.slots);
    vc::Layout layout;
    const auto network = make_places_network(layout, symbols, tags, sizes);
    const vc::Parameters<float> parameters(layout, vc::Seed{7});
    vc::Workspace<float> workspace(parameters);
    const auto draw = [&](const vc::Batch& of) {
      const auto q = network.encode(workspace, of);
      return detached(workspace,
                      network.posterior().sample(workspace, q, vc::Draws(1, 2), of.rows()));
    };
    const auto z = draw(batch), of_other = draw(other);
    CHECK(nll_of(network, workspace, z, batch) == nll_of(network, workspace, z, other));
    // The letters do reach z, and z the decoder.
    CHECK(numbers(z.columns) != numbers(of_other.columns));
    CHECK(nll_of(network, workspace, z, batch) != nll_of(network, workspace, of_other, batch));
  }
}

TEST_CASE("places: the terms tell which rows of the KL are no places") {
  const TinyTask task;
  const vc::Batch batch(task.corpus, std::vector<Row>{0, 1, 5, 30});
  for (const SmallPlaces& sizes : all_kinds) {
    vc::Layout layout;
    const auto network =
        make_places_network(layout, task.vocabulary.symbols(), task.features.size(), sizes);
    vc::Parameters<float> parameters(layout, vc::Seed{7});
    vc::count_lengths(network, parameters, task.corpus);
    vc::Workspace<float> workspace(parameters);
    const auto terms = network.terms(workspace, batch, vc::Draws(1, 2), batch.inputs());
    const Index of_length = sizes.counts_length ? 1 : 0;
    const Index of_global = (sizes.global + sizes.place - 1) / sizes.place;
    CHECK(terms.leading.length == of_length);
    CHECK(terms.leading.global == of_global);
    REQUIRE(terms.places.size() == 4);
    Index most = 0;
    for (Index row = 0; row < 4; ++row) {
      const Index expected = of_length + of_global +
                             (sizes.slots > 0 ? sizes.slots : batch.source().plan->length(row) + 1);
      CHECK(terms.places[static_cast<std::size_t>(row)] == expected);
      most = std::max(most, expected);
      for (Index entry = expected; entry < terms.kl.rows(); ++entry) {
        CHECK(terms.kl.view()(entry, row) == 0);
      }
    }
    CHECK(terms.kl.rows() == most);
    // Of the 72 words of the task 24 have two letters, the others more.
    if (!sizes.counts_length || sizes.slots > 0) continue;
    Index alike = 0;
    for (Row row = 0; Index(row) < task.corpus.size(); ++row) {
      alike += task.corpus.source(row).size() == task.corpus.source(0).size() ? 1 : 0;
    }
    const double share = static_cast<double>(alike + 1) / static_cast<double>(72 + 9);
    CHECK(double(terms.kl.view()(0, 0)) == doctest::Approx(-std::log(share)).epsilon(1e-5));
  }
}

}  // namespace places_model_test

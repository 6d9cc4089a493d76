// The ops of places, the posterior family of places and its encoder against central differences.
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/ops/places.hpp>
#include <vaecollapse/autodiff/ops/reductions.hpp>
#include <vaecollapse/data/batch.hpp>

#include "support.hpp"
#include "support/places_network.hpp"

namespace places_gradcheck {
namespace {

namespace vc = vaecollapse;
using gradcheck_test::check;
using gradcheck_test::Index;
using gradcheck_test::Ragged;
using gradcheck_test::Tape;
using vaecollapse_test::SmallPlaces;

/// Columns of a ragged sequence of which one row is empty, and a vector for each row.
struct Operands {
  Ragged ragged;
  vc::Layout layout;
  vc::Slot<2> columns = gradcheck_test::matrix(layout, "columns", 3, Ragged::columns);
  vc::Slot<1> numbers = gradcheck_test::vector(layout, "numbers", Ragged::columns);

  vc::Sequence<double> sequence(Tape& tape) const {
    return {tape.parameter(columns), &ragged.plan};
  }
};

/// Words of several lengths, one of them empty.
struct Words {
  static constexpr Index symbols = 6, tags = 3;
  vc::Corpus corpus;
  vc::Batch batch;
  Words() {
    const auto add = [&](std::vector<vc::Symbol> source, std::vector<vc::Symbol> target,
                         std::vector<vc::Symbol> of_row) { corpus.add(source, target, of_row); };
    add({3, 4, 5}, {4, 3}, {0});
    add({}, {3, 5, 5}, {1, 2});
    add({5, 3, 3, 4, 4}, {5}, {});
    add({4}, {}, {2});
    batch.assign(corpus, std::vector<vc::Row>{0, 1, 2, 3});
  }
};

/// The gradients of all terms of the loss, the length being left out: its price is a statistic's.
void check_network(SmallPlaces sizes) {
  sizes.counts_length = false;
  const Words words;
  vc::Layout layout;
  const auto network =
      vaecollapse_test::make_places_network(layout, Words::symbols, Words::tags, sizes);
  const vc::Draws draws(7, 3);
  check(layout, [&](Tape& tape) {
    const auto terms = network.terms(tape, words.batch, draws, words.batch.inputs());
    return vc::add(tape, vc::scale(tape, terms.nll, 0.3), vc::sum(tape, terms.kl, vc::Axis::rows));
  });
}

}  // namespace

TEST_CASE("gradcheck: sums and means over the places of rows, from any place on") {
  const Operands by;
  for (const Index first : {0, 2, 5}) {
    CAPTURE(first);
    check(by.layout,
          [&](Tape& tape) { return vc::mean_of_places(tape, by.sequence(tape), first); });
    check(by.layout, [&](Tape& tape) { return vc::sum_of_places(tape, by.sequence(tape), first); });
    check(by.layout, [&](Tape& tape) {
      return vc::sum_of_places(tape, tape.parameter(by.numbers), by.ragged.plan, first);
    });
  }
}

TEST_CASE("gradcheck: a table of places, with constants above and without") {
  const Operands by;
  const std::vector<double> above{1, 2, 3, 4, 5};
  for (const std::span<const double> constants : {std::span<const double>(above), {}}) {
    check(by.layout, [&](Tape& tape) {
      return vc::table_of_places(tape, tape.parameter(by.numbers), by.ragged.plan, constants);
    });
  }
}

TEST_CASE("gradcheck: vectors before the places of rows, and what is taken apart again") {
  for (const Index size : {2, 3, 7}) {
    CAPTURE(size);
    Operands by;
    const auto vectors = gradcheck_test::matrix(by.layout, "vectors", size, Ragged::rows);
    check(by.layout, [&](Tape& tape) {
      return vc::prepend_vector(tape, tape.parameter(vectors), by.sequence(tape)).columns;
    });
    check(by.layout, [&](Tape& tape) {
      const auto all = vc::prepend_vector(tape, tape.parameter(vectors), by.sequence(tape));
      return vc::leading_vector(tape, all, size);
    });
    // The same memory twice: what comes from both sides is added up.
    check(by.layout, [&](Tape& tape) {
      const auto all = vc::prepend_vector(tape, tape.parameter(vectors), by.sequence(tape));
      const auto some = vc::places_from(tape, all, 1);
      return vc::add(tape, vc::sum_of_places(tape, all), vc::mean_of_places(tape, some));
    });
  }
}

TEST_CASE("gradcheck: the terms of a network of places, with a global z and with slots") {
  check_network({.place = 4});
  check_network({.place = 3, .global = 7});
  check_network({.place = 4, .slots = 3});
  check_network({.place = 3, .global = 2, .slots = 2});
}

}  // namespace places_gradcheck

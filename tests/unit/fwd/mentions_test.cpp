// fwd.hpp is enough to declare with, and what it declares is what the library defines. A name that
// is declared with another key, as another template, or defined nowhere does not compile here.
#pragma GCC diagnostic error "-Wmismatched-tags"

#include "mentions.hpp"

#include <array>

#include <doctest/doctest.h>

#include <vaecollapse/vaecollapse.hpp>

namespace vc = vaecollapse;

namespace {

template <class... Types>
constexpr bool are_defined = (... && (sizeof(Types) > 0));

}  // namespace

static_assert(
    are_defined<vc::Arena, vc::Draws, vc::Error, vc::InputError, vc::Layout, vc::SequencePlan,
                vc::ShapeError, vc::Team, vc::Visitor, vc::Seed, vc::Symbols, vc::TagSets,
                vc::Shape<2>, vc::Slot<2>, vc::View<float>, vc::Parameters<float>>);
static_assert(are_defined<vc::Var<float, 2>, vc::Sequence<float>, vc::Tape<float>,
                          vc::Workspace<float>, vc::Scope<vc::Tape<float>>>);
static_assert(are_defined<vc::BiGru, vc::Embedding, vc::GaussianHead, vc::Gru, vc::Linear>);
static_assert(
    are_defined<vc::AnyCorruption, vc::AnyObjective, vc::Elbo, vc::CyclicalSchedule,
                vc::ExponentialSchedule, vc::LinearSchedule, vc::LogisticSchedule, vc::Report,
                vc::Seeds, vc::Terms, vc::Annealed<vc::LinearSchedule, vc::Elbo>,
                vc::Controlled<vc::MDR<>, vc::FreeBits<1>>>);
static_assert(
    are_defined<vc::Batch, vc::Corpus, vc::Features, vc::Sampler, vc::Vocabulary, vc::Words>);

namespace vaecollapse::test {

int symbols_of(const Words& words) { return static_cast<int>(words.symbols()); }

double rate_of(const Terms& terms, Report* report) {
  report->rate = sum(terms.kl) / static_cast<double>(terms.batch());
  return report->rate;
}

Words words_of(Seed seed) {
  return seed.value == 0 ? Words::from({"ev"}) : Words::from({"ev", "kitap"});
}

template <class Scalar>
Var<Scalar, 2> twice(Tape<Scalar>& tape, Var<Scalar, 2> x) {
  return add(tape, x, x);
}

}  // namespace vaecollapse::test

TEST_CASE("fwd.hpp: what a header declares with it can be defined and called") {
  const vc::Words words = vc::test::words_of(vc::Seed{1});
  CHECK(words.size() == 2);
  CHECK(vc::test::symbols_of(words) == words.symbols());

  const std::array<double, 2> kl{1, 3}, nll{5, 5};
  vc::Report report;
  CHECK(vc::test::rate_of({{kl.data(), 1, 2}, nll}, &report) == 2);
  CHECK(report.rate == 2);

  vc::Layout layout;
  const vc::Slot<2> weight = layout.add("weight", vc::Shape<2>{{1, 1}}, vc::Init::zeros());
  vc::Parameters<float> parameters(layout);
  parameters.values()[0] = 3;
  const vc::test::Mentions mentions{parameters.layout(), &parameters};
  CHECK(mentions.layout.find("weight") != nullptr);
  vc::Tape<float> tape(*mentions.parameters);
  CHECK(vc::test::twice(tape, tape.parameter(weight)).data()[0] == 6);
}

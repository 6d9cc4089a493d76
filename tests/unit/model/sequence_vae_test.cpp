// The network and its step: a row's losses are its own, threads change no bit, and the smallest
// types that satisfy the concepts are enough.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>

#include "support/tiny_corpus.hpp"
#include "support/values.hpp"

namespace vc = vaecollapse;
using vaecollapse_test::column;
using vaecollapse_test::greatest_difference;
using vaecollapse_test::TinyTask;
using vaecollapse_test::values;
using vc::Index;
using vc::Row;

namespace {

/// Rows of the tiny corpus whose words have several lengths.
const std::vector<Row> some_rows{7, 0, 31, 2, 70, 44, 13, 8, 8, 50, 22};

vc::Batch batch_of(const TinyTask& task, const std::vector<Row>& rows) {
  return vc::Batch(task.corpus, rows);
}

/// What the loss of a batch is made of, row by row.
template <class Scalar>
struct Losses {
  std::vector<Scalar> nll;
  std::vector<std::vector<Scalar>> kl;

  template <vc::Context C>
  Losses(C& cx, const TinyTask& task, const std::vector<Row>& rows) {
    const vc::Scope scope(cx);
    const vc::Batch batch = batch_of(task, rows);
    const auto terms = task.network.terms(cx, batch, vc::Draws(3, 5), batch.inputs());
    nll = values(terms.nll);
    for (Index b = 0; b < batch.size(); ++b) kl.push_back(column(terms.kl, b));
  }
};

}  // namespace

TEST_CASE_TEMPLATE("a row's NLL and KL are the same in any batch", Scalar, double, float) {
  const TinyTask task;
  const vc::Parameters<Scalar> parameters(task.layout, vc::Seed{2});
  vc::Workspace<Scalar> cx(parameters);
  const double tolerance = sizeof(Scalar) == 8 ? 1e-12 : 1e-5;
  const Losses<Scalar> many(cx, task, some_rows);
  for (std::size_t i = 0; i < some_rows.size(); ++i) {
    const Losses<Scalar> alone(cx, task, {some_rows[i]});
    CHECK(std::abs(alone.nll[0] - many.nll[i]) <= tolerance * std::abs(many.nll[i]));
    CHECK(greatest_difference(alone.kl[0], many.kl[i]) <= tolerance);
    // Beside a longer word, a shorter one, and the same word once more.
    const Losses<Scalar> beside(cx, task, {1, some_rows[i], 34, some_rows[i]});
    CHECK(std::abs(beside.nll[1] - many.nll[i]) <= tolerance * std::abs(many.nll[i]));
    CHECK(greatest_difference(beside.kl[1], many.kl[i]) <= tolerance);
    CHECK(std::abs(beside.nll[3] - beside.nll[1]) <= tolerance * std::abs(many.nll[i]));
  }
}

TEST_CASE("a workspace gives the terms of a tape, and the tape one node a layer") {
  const TinyTask task;
  vc::Parameters<double> parameters(task.layout, vc::Seed{2});
  vc::Tape<double> tape(parameters);
  vc::Workspace<double> workspace(parameters);
  const Losses<double> a(tape, task, some_rows), b(workspace, task, some_rows);
  CHECK(a.nll == b.nll);
  CHECK(a.kl == b.kl);
  CHECK(tape.size() == 0);
}

TEST_CASE("gradients of a batch are the sum of those of its rows") {
  const TinyTask task;
  vc::Parameters<double> parameters(task.layout, vc::Seed{2});
  vc::Tape<double> tape(parameters);
  const auto differentiate = [&](const std::vector<Row>& rows, double weight) {
    const vc::Scope scope(tape);
    const vc::Batch batch = batch_of(task, rows);
    const auto terms = task.network.terms(tape, batch, vc::Draws(3, 5), batch.inputs());
    std::fill_n(terms.nll.gradient_data(), terms.nll.size(), weight);
    std::fill_n(terms.kl.gradient_data(), terms.kl.size(), weight);
    tape.run_backward();
  };
  differentiate(some_rows, 1);
  for (const Row row : some_rows) differentiate({row}, -1);
  double greatest = 0;
  for (const double g : parameters.gradients()) greatest = std::max(greatest, std::abs(g));
  CHECK(greatest < 1e-11);
}

TEST_CASE("backward: reports the objective and starts from its seeds") {
  const TinyTask task;
  vc::Parameters<double> parameters(task.layout, vc::Seed{2});
  vc::Tape<double> tape(parameters);
  const vc::Scope scope(tape);
  const vc::Batch batch = batch_of(task, some_rows);
  const auto terms = task.network.terms(tape, batch, vc::Draws(3, 5), batch.inputs());
  const auto report = vc::backward(tape, vc::Elbo(0.5), terms);
  double nll = 0, kl = 0;
  for (const double x : values(terms.nll)) nll += x;
  for (const double x : values(terms.kl)) kl += x;
  const double rows = static_cast<double>(some_rows.size());
  CHECK(report.nll == doctest::Approx(nll / rows));
  CHECK(report.rate == doctest::Approx(kl / rows));
  CHECK(report.loss == doctest::Approx((nll + 0.5 * kl) / rows));
  for (Index i = 0; i < terms.nll.size(); ++i) {
    CHECK(terms.nll.gradient_data()[i] == doctest::Approx(1 / rows));
  }
  for (Index i = 0; i < terms.kl.size(); ++i) {
    CHECK(terms.kl.gradient_data()[i] == doctest::Approx(0.5 / rows));
  }
  const auto found = parameters.gradients();
  const std::vector<double> once(found.begin(), found.end());
  CHECK_THROWS_AS(vc::backward(tape, vc::Elbo(0.5), terms), vc::Error);
  CHECK(std::equal(once.begin(), once.end(), found.begin()));
}

TEST_CASE("backward: terms that were computed in a workspace are refused") {
  const TinyTask task;
  vc::Parameters<double> parameters(task.layout, vc::Seed{2});
  vc::Tape<double> tape(parameters);
  vc::Workspace<double> workspace(parameters);
  const vc::Batch batch = batch_of(task, some_rows);
  const auto terms = task.network.terms(workspace, batch, vc::Draws(3, 5), batch.inputs());
  CHECK_THROWS_WITH_AS(
      vc::backward(tape, vc::Elbo(), terms),
      "backward: the NLL has no gradient: it must be computed on this tape, from parameters or "
      "variables",
      vc::Error);
}

TEST_CASE("a step has the same bits on one, two and three threads") {
  const TinyTask task;
  std::vector<float> expected;
  for (const int threads : {1, 2, 3}) {
    vc::Team team(threads);
    vc::Parameters<float> parameters(task.layout, vc::Seed{2});
    vc::Tape<float> tape(parameters, team);
    std::vector<Row> rows(40);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<Row>(i);
    const vc::Batch batch = batch_of(task, rows);
    const vc::Scope scope(tape);
    vc::backward(tape, vc::FreeBits<1>(2.0),
                 task.network.terms(tape, batch, vc::Draws(3, 5), batch.inputs()));
    const std::vector<float> found(parameters.gradients().begin(), parameters.gradients().end());
    if (threads == 1) expected = found;
    CHECK(found == expected);
  }
}

namespace {

/// A context that offers what the concept asks for and nothing else.
template <class S>
class SmallestContext {
 public:
  using scalar_type = S;
  static constexpr bool records = false;

  explicit SmallestContext(const vc::Parameters<S>& parameters)
      : values_(parameters.values().begin(), parameters.values().end()) {}
  SmallestContext(const SmallestContext&) = delete;
  SmallestContext& operator=(const SmallestContext&) = delete;
  ~SmallestContext() {
    for (const auto& [destroy, object] : owned_) destroy(object);
  }

  template <int Rank>
  vc::Var<S, Rank> parameter(const vc::Slot<Rank>& slot) {
    return {values_.data() + slot.offset, nullptr, slot.shape, {}};
  }
  template <int Rank>
  vc::Var<S, Rank> make(const vc::Shape<Rank>& shape, bool = true) {
    return {arena_.allocate<S>(shape.size()), nullptr, shape, {}};
  }
  template <class Form>
  typename Form::Packed packed(vc::View<const S> weights) {
    return Form::pack(weights, arena_.allocate<S>(Form::size(weights)), team_);
  }
  vc::Arena& arena() { return arena_; }
  vc::Team& team() { return team_; }
  template <class T>
  std::span<T> keep(std::span<const T> from) {
    const auto copy = arena_.span<T>(static_cast<Index>(from.size()));
    std::copy(from.begin(), from.end(), copy.begin());
    return copy;
  }
  template <class T>
  T& own(T object) {
    T* made = new T(std::move(object));
    owned_.push_back({[](void* memory) { delete static_cast<T*>(memory); }, made});
    return *made;
  }
  const vc::SequencePlan& plan(std::span<const Index> lengths) {
    return own(vc::SequencePlan(lengths));
  }
  template <vc::OpName, int Rank, class Pullback>
  void record(const vc::Var<S, Rank>&, const Pullback&) {}

 private:
  std::vector<S> values_;
  vc::Arena arena_;
  vc::Team team_;
  std::vector<std::pair<void (*)(void*), void*>> owned_;
};
static_assert(vc::Context<SmallestContext<float>>);

/// The code of every row is one.
struct SmallestEncoder {
  Index width() const { return 1; }
  vc::Var<float, 2> operator()(vc::Tape<float>& tape, const vc::Batch& batch) const {
    const auto code = tape.make<2>(vc::Shape<2>{{1, batch.size()}});
    std::fill_n(code.data(), code.size(), 1.0f);
    return code;
  }
};

/// A point: z is the code, and costs half a nat.
struct SmallestPosterior {
  struct Point {
    vc::Var<float, 2> z;
  };
  Index latent() const { return 1; }
  Point head(vc::Tape<float>&, const vc::Var<float, 2>& code) const { return {code}; }
  vc::Var<float, 2> sample(vc::Tape<float>&, const Point& q, const vc::Draws&,
                           std::span<const std::uint32_t>) const {
    return q.z;
  }
  vc::Var<float, 2> kl(vc::Tape<float>& tape, const Point& q, const vc::Var<float, 2>&) const {
    const auto kl = tape.make<2>(vc::Shape<2>{{1, q.z.columns()}});
    std::fill_n(kl.data(), kl.size(), 0.5f);
    return kl;
  }
  vc::Var<float, 1> log_density(vc::Tape<float>& tape, const Point& q,
                                const vc::Var<float, 2>&) const {
    const auto density = tape.make<1>(vc::Shape<1>{{q.z.columns()}});
    std::fill_n(density.data(), density.size(), 0.0f);
    return density;
  }
  vc::Var<float, 2> mean(const Point& q) const { return q.z; }
};

/// Says anything with the same probability.
struct SmallestDecoder {
  struct Steps {
    vc::View<const float> start() const { return {}; }
    void step(vc::Workspace<float>&, std::span<const vc::Symbol>, std::span<const Index>,
              vc::View<const float>, vc::View<float>, vc::View<float>) const {}
  };
  Index count;
  Index symbols() const { return count; }
  vc::Sequence<float> operator()(vc::Tape<float>& tape, const vc::Conditions<float>&,
                                 const vc::Symbols& inputs) const {
    const auto logits = tape.make<2>(vc::Shape<2>{{count, inputs.plan->columns()}});
    std::fill_n(logits.data(), logits.size(), 0.0f);
    return {logits, inputs.plan};
  }
  Steps steps(vc::Workspace<float>&, const vc::Conditions<float>&) const { return {}; }
};

static_assert(vc::Encoder<SmallestEncoder> && !vc::Encoder<SmallestDecoder>);
static_assert(vc::PosteriorFamily<SmallestPosterior> && !vc::PosteriorFamily<SmallestEncoder>);
static_assert(vc::Decoder<SmallestDecoder> && !vc::Decoder<SmallestPosterior>);
static_assert(vc::Encoder<vc::BiGruEncoder> && vc::Encoder<vc::GruEncoder>);
static_assert(vc::PosteriorFamily<vc::GaussianHead> && vc::Decoder<vc::GruDecoder>);

}  // namespace

TEST_CASE("the smallest context runs the whole network") {
  const TinyTask task;
  vc::Layout own;
  const vc::BiGruEncoder encoder(own, "encoder", {task.vocabulary.symbols(), 4, 5});
  const vc::GaussianHead head(own, "posterior", {encoder.width(), 3});
  const vc::GruDecoder decoder(own, "decoder",
                               {.symbols = task.vocabulary.symbols(),
                                .tags = task.features.size(),
                                .embedding = 4,
                                .hidden = 6,
                                .latent = 3});
  const vc::SequenceVae network(encoder, head, decoder);
  const vc::Parameters<double> parameters(own, vc::Seed{2});
  vc::Workspace<double> workspace(parameters);
  SmallestContext<double> smallest(parameters);
  const vc::Batch batch = batch_of(task, some_rows);
  const auto a = network.terms(workspace, batch, vc::Draws(3, 5), batch.inputs());
  const auto b = network.terms(smallest, batch, vc::Draws(3, 5), batch.inputs());
  CHECK(values(a.nll) == values(b.nll));
  CHECK(values(a.kl) == values(b.kl));
  // A single step too, which keeps a plan.
  vc::Layout layout;
  const vc::Gru gru(layout, "gru", {2, 3});
  const vc::Parameters<double> few(layout, vc::Seed{1});
  SmallestContext<double> cx(few);
  const auto x = cx.make<2>(vc::Shape<2>{{2, 4}}), h = cx.make<2>(vc::Shape<2>{{3, 4}});
  std::fill_n(x.data(), x.size(), 0.5);
  std::fill_n(h.data(), h.size(), 0.25);
  const std::array inputs{vc::Contribution<double>::per_step(x)};
  CHECK(gru.step(cx, inputs, h).columns() == 4);
}

TEST_CASE("the smallest encoder, posterior and decoder make a sequence VAE") {
  const TinyTask task;
  vc::Parameters<float> none{vc::Layout()};
  vc::Tape<float> tape(none);
  const vc::Scope scope(tape);
  const std::vector<Row> rows{0, 1};
  const vc::Batch batch = batch_of(task, rows);
  const vc::SequenceVae model(SmallestEncoder{}, SmallestPosterior{},
                              SmallestDecoder{task.vocabulary.symbols()});
  const auto terms = model.terms(tape, batch, vc::Draws(1, 1), batch.inputs());
  const auto report = vc::backward(tape, vc::Elbo(), terms);
  CHECK(report.rate == doctest::Approx(0.5));
  const double each = std::log(static_cast<double>(task.vocabulary.symbols()));
  const auto* plan = batch.targets().plan;
  for (Index b = 0; b < 2; ++b) {
    CHECK(terms.nll.data()[b] ==
          doctest::Approx(each * static_cast<double>(plan->length(b))).epsilon(1e-6));
  }
}

// Built with flags such as -ffast-math: what is not finite is found wherever the library looks for
// it, options that are not numbers are refused, and a model trains. Prints what is wrong.
#include <cmath>
#include <cstdio>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/autodiff/gradcheck.hpp>
#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/print.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/dropout/embedding.hpp>
#include <vaecollapse/kernels/activation.hpp>
#include <vaecollapse/kernels/gaussian.hpp>
#include <vaecollapse/kernels/softmax_cross_entropy.hpp>
#include <vaecollapse/metrics/estimate.hpp>
#include <vaecollapse/metrics/linear_probe.hpp>
#include <vaecollapse/metrics/log_sum_exp.hpp>
#include <vaecollapse/metrics/posterior_trajectory.hpp>
#include <vaecollapse/metrics/projection.hpp>
#include <vaecollapse/metrics/silhouette.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/mdr.hpp>
#include <vaecollapse/optim/adadelta.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/optim/clip.hpp>
#include <vaecollapse/optim/sgd.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support/tiny_corpus.hpp"

namespace vc = vaecollapse;

namespace {

int faults = 0;

void expect(bool holds, const char* what) {
  if (holds) return;
  ++faults;
  std::printf("%s\n", what);
}

/// Numbers of which the compiler knows nothing.
volatile double hidden_nan = std::numeric_limits<double>::quiet_NaN();
volatile double hidden_infinity = std::numeric_limits<double>::infinity();

template <class E, class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  return {};
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

void check_predicates() {
  const double nan = hidden_nan, infinite = hidden_infinity;
  const float nan_float = static_cast<float>(nan), infinite_float = static_cast<float>(infinite);
  expect(vc::is_nan(nan) && vc::is_nan(-nan) && vc::is_nan(nan_float), "is_nan of NaN");
  expect(!vc::is_nan(infinite) && !vc::is_nan(infinite_float) && !vc::is_nan(0.0), "is_nan");
  expect(!vc::is_finite(nan) && !vc::is_finite(infinite) && !vc::is_finite(-infinite), "is_finite");
  expect(!vc::is_finite(nan_float) && !vc::is_finite(-infinite_float), "is_finite of floats");
  expect(vc::is_finite(std::numeric_limits<float>::max()) && vc::is_finite(-1e308), "the largest");
  expect(vc::is_minus_infinity(-infinite) && !vc::is_minus_infinity(infinite) &&
             !vc::is_minus_infinity(nan) && !vc::is_minus_infinity(-1e308),
         "is_minus_infinity");
  expect(!vc::is_within(nan, 0, 1) && !vc::is_positive(nan) && vc::is_positive(infinite),
         "is_within, is_positive");
}

void check_options() {
  const double nan = hidden_nan, infinite = hidden_infinity;
  using vc::Error;
  const auto refused = [](auto make) { return !message_of<Error>(make).empty(); };
  for (const double bad : {nan, infinite}) {
    expect(refused([&] { vc::Adam<float>({.learning_rate = bad}); }), "Adam's learning rate");
    expect(refused([&] { vc::Adam<float>({.epsilon = bad}); }), "Adam's epsilon");
    expect(refused([&] { vc::Adam<float>({.beta1 = bad}); }), "Adam's beta1");
    expect(refused([&] { vc::Adadelta<float>({.rho = bad}); }), "Adadelta's rho");
    expect(refused([&] { vc::Sgd<float>({.learning_rate = bad}); }), "Sgd's learning rate");
    expect(refused([&] { vc::Sgd<float>({.momentum = bad}); }), "Sgd's momentum");
    expect(refused([&] { vc::MDR<>{bad}; }), "MDR's rate");
    expect(refused([&] { vc::Elbo{bad}; }), "Elbo's weight");
    expect(refused([&] { vc::CharacterDropout<>{bad}; }), "CharacterDropout's beta");
    expect(refused([&] { vc::EmbeddingDropout<>{bad}; }), "EmbeddingDropout's p");
    expect(refused([&] { vc::poisson(0.5, bad); }), "poisson's lambda");
  }
}

void check_sums() {
  const double nan = hidden_nan, infinite = hidden_infinity;
  vc::LogSumExp sum;
  expect(vc::is_minus_infinity(sum.value()), "log sum exp of nothing");
  sum.add(-infinite);
  sum.add(1);
  sum.add(-infinite);
  sum.add(2);
  expect(std::abs(sum.value() - 2.3132616875182228) < 1e-12, "log sum exp");
  sum.add(nan);
  expect(vc::is_nan(sum.value()), "log sum exp of NaN");

  const float masked[] = {0, static_cast<float>(-infinite), 1, static_cast<float>(-infinite), -1};
  const float expected = 1.4076059F;
  expect(std::abs(vc::kernels::log_sum_exp<float>(5, masked) - expected) < 1e-6F, "masked logits");
  const float spoilt[] = {0, static_cast<float>(nan), 1};
  expect(vc::is_nan(vc::kernels::log_sum_exp<float>(3, spoilt)), "logits with a NaN");

  float clamped[2];
  const float x[] = {static_cast<float>(nan), 0};
  vc::kernels::soft_clamp_forward<float>(2, -8, 8, x, clamped);
  expect(vc::is_nan(clamped[0]) && !vc::is_nan(clamped[1]), "the soft clamp of NaN");
  vc::kernels::relu_forward<float>(2, x, clamped);
  expect(vc::is_nan(clamped[0]) && !vc::is_nan(clamped[1]), "relu of NaN");

  const auto posteriors = vc::grid_posteriors(
      {.limit = 1, .step = 1}, 1, 1, [&](std::span<const double> z, std::span<double> out) {
        out[0] = z[0] < 0 ? -infinite : -5000 + z[0] * std::log(3);
      });
  expect(std::abs(posteriors.mean[0] - 0.75) < 1e-12, "the mean over a grid");
}

/// KL to N(0, 1) near zero, where its terms cancel.
void check_kl() {
  const double mu = 1e-3;
  for (const double logvar : {0.0, 1e-3, -2e-3}) {
    const double m = mu, l = logvar;
    double kl = 0;
    vc::kernels::gaussian_kl_forward<double>(1, &m, &l, &kl);
    const double series = l * l / 2 + l * l * l / 6 + l * l * l * l / 24 + l * l * l * l * l / 120;
    const double expected = (mu * mu + series) / 2;
    expect(std::abs(kl - expected) < 1e-13 * expected, "the KL near zero");
  }
}

/// Two groups of points far apart.
void check_metrics() {
  constexpr vc::Index points = 60;
  std::vector<float> codes;
  std::vector<int> labels;
  for (vc::Index i = 0; i < points; ++i) {
    const int label = static_cast<int>(i % 2);
    const double turn = 0.7 * static_cast<double>(i);
    codes.push_back(static_cast<float>(std::sin(turn) + 8.0 * label));
    codes.push_back(static_cast<float>(std::cos(3 * turn)));
    labels.push_back(label);
  }
  const vc::View<const float> view{codes.data(), 2, points};
  expect(vc::linear_probe(view, labels).accuracy == 1, "the linear probe");
  const auto silhouette = vc::silhouette(view, labels);
  expect(silhouette && *silhouette > 0.6 && *silhouette < 1, "the silhouette");
  const vc::Projection plane = vc::tsne(view, {.perplexity = 8, .iterations = 60});
  bool finite = plane.x.size() == static_cast<std::size_t>(points);
  for (const float x : plane.x) finite = finite && vc::is_finite(x);
  for (const float y : plane.y) finite = finite && vc::is_finite(y);
  expect(finite, "t-SNE");
  const double row = hidden_infinity > 0 ? 2.5 : 0;
  expect(vc::is_nan(vc::mean_of_rows(std::span(&row, 1)).standard_error), "the error of one row");
}

void check_searches() {
  const float nan = static_cast<float>(hidden_nan);
  for (const float bad : {nan, static_cast<float>(hidden_infinity)}) {
    vaecollapse_test::TinyTask task;
    vc::Parameters<float> parameters(task.layout, vc::Seed{1});
    parameters.values()[3] = bad;
    parameters.gradients()[7] = bad;
    expect(contains(vc::detail::first_non_finite("weights", parameters.layout(),
                                                 std::as_const(parameters).values()),
                    "; of the weights, "),
           "first_non_finite of weights");
    expect(!vc::is_finite(vc::clip_by_norm(parameters, 1).norm), "the norm to clip by");
  }
  vc::Layout layout;
  const auto slot = layout.add("w", vc::Shape<1>{{3}}, vc::Init::zeros());
  vc::Parameters<double> parameters(layout, vc::Seed{1});
  parameters.values()[1] = hidden_nan;
  const auto found = vc::gradcheck(parameters, [&](auto& tape) { return tape.parameter(slot); });
  expect(vc::is_nan(found.error), "the gradient check of NaN");
  vc::Tape<double> tape(parameters);
  vc::tanh(tape, tape.parameter(slot));
  expect(contains(vc::first_non_finite(tape), "nan at [1]"), "first_non_finite of a tape");
}

struct Listener {
  double nll = 0;
  void on_step(const vc::StepReport&) {}
  void on_epoch(const vc::EpochReport& report) { nll = report.dev_nll; }
};

using Model =
    vc::Seq2SeqVae<vc::BiGruEncoder, vc::GruDecoder, vc::MDR<2.0>, vc::CharacterDropout<0.1>>;

/// The dev NLL after four epochs, with one weight replaced before them.
double train(const float* bad) {
  vaecollapse_test::TinyTask task;
  vc::Parameters<float> parameters(task.layout, vc::Seed{3});
  vc::Team team(1);
  vc::Trainer<Model, vc::Adam<float>> trainer(
      Model(task.network, vc::MDR<2.0>{}, vc::CharacterDropout<0.1>{}), parameters,
      vc::Adam<float>(), task.corpus, task.corpus,
      {.epochs = 4, .batch = 10, .learning_rate = 1e-2, .schedule = {.warmup = 5}}, team);
  if (bad != nullptr) parameters.values().back() = *bad;  // a bias of the output
  Listener listener;
  trainer.fit(listener);
  return listener.nll;
}

void check_training() {
  const double nll = train(nullptr);
  expect(vc::is_finite(nll) && nll > 0 && nll < 11, "the training");
  std::printf("NLL after four epochs: %.4f\n", nll);
  for (const float bad : {static_cast<float>(hidden_nan), static_cast<float>(hidden_infinity)}) {
    const std::string text = message_of<vc::DivergenceError>([&] { train(&bad); });
    expect(
        contains(text, "trainer: in step 1 the loss is ") && contains(text, "; of the weights, "),
        "a training that diverges");
  }
}

}  // namespace

int main() {
  check_predicates();
  check_options();
  check_sums();
  check_kl();
  check_metrics();
  check_searches();
  check_training();
  std::printf("%d faults\n", faults);
  return faults == 0 ? 0 : 1;
}

#include "kit/choices.hpp"

#include "kit/expression_table.hpp"
#include "kit/numbers.hpp"

namespace kit {

namespace {

using vaecollapse::AdadeltaOptions;
using vaecollapse::AdamOptions;
using vaecollapse::AdamWOptions;
using vaecollapse::SgdOptions;
using Kind = Parameter::Kind;
using Options = OptimiserChoice::Options;
/// A component has a mean and a variance for each dimension.
constexpr double most_components = 65536;

Table<std::uint64_t> priors() {
  return {.noun = "prior",
          .methods = {
              {"gaussian",
               "N(0, I); the KL is exact and has an entry for each dimension",
               {},
               [](const Arguments<std::uint64_t>&) -> std::uint64_t { return 0; }},
              {"mixture",
               "a mixture of Gaussians, learned; the KL is by Monte Carlo, one entry a word",
               {{"components", Kind::count, "10", {}, 1, most_components}},
               [](const Arguments<std::uint64_t>& given) { return given.count("components"); }},
          }};
}

Method<Options> adam() {
  return {"adam",
          "Kingma & Ba 2015",
          {{"beta1", Kind::number, show_number(AdamOptions().beta1)},
           {"beta2", Kind::number, show_number(AdamOptions().beta2)},
           {"epsilon", Kind::number, show_number(AdamOptions().epsilon)}},
          [](const Arguments<Options>& given) -> Options {
            return AdamOptions{.beta1 = given.number("beta1"),
                               .beta2 = given.number("beta2"),
                               .epsilon = given.number("epsilon")};
          }};
}

Method<Options> adamw() {
  return {"adamw",
          "Loshchilov & Hutter 2019: Adam, and each step takes learning rate * decay of every "
          "weight away; with matrices, biases and other vectors keep theirs",
          {{"decay", Kind::number, show_number(AdamWOptions().weight_decay)},
           {"of", Kind::word, "all", {"all", "matrices"}},
           {"beta1", Kind::number, show_number(AdamWOptions().beta1)},
           {"beta2", Kind::number, show_number(AdamWOptions().beta2)},
           {"epsilon", Kind::number, show_number(AdamWOptions().epsilon)}},
          [](const Arguments<Options>& given) -> Options {
            return AdamWOptions{.beta1 = given.number("beta1"),
                                .beta2 = given.number("beta2"),
                                .epsilon = given.number("epsilon"),
                                .weight_decay = given.number("decay"),
                                .decay_vectors = given.word("of") == "all"};
          }};
}

Table<Options> optimisers() {
  return {.noun = "optimiser",
          .methods = {
              adam(),
              adamw(),
              {"sgd",
               "plain, or with momentum",
               {{"momentum", Kind::number, show_number(SgdOptions().momentum)}},
               [](const Arguments<Options>& given) -> Options {
                 return SgdOptions{.momentum = given.number("momentum")};
               }},
              {"nesterov",
               "Sutskever et al. 2013: sgd whose steps look ahead along their momentum",
               {{"momentum", Kind::number, "0.9"}},
               [](const Arguments<Options>& given) -> Options {
                 return SgdOptions{.momentum = given.number("momentum"), .nesterov = true};
               }},
              {"adadelta",
               "Zeiler 2012; its steps have the size of those before, so the scale of the loss "
               "does not matter",
               {{"rho", Kind::number, show_number(AdadeltaOptions().rho)},
                {"epsilon", Kind::number, show_number(AdadeltaOptions().epsilon)}},
               [](const Arguments<Options>& given) -> Options {
                 return AdadeltaOptions{.rho = given.number("rho"),
                                        .epsilon = given.number("epsilon")};
               }},
          }};
}

vaecollapse::AnyOptimiser<float> make(const AdamOptions& options) {
  return vaecollapse::Adam<float>(options);
}
vaecollapse::AnyOptimiser<float> make(const AdamWOptions& options) {
  return vaecollapse::AdamW<float>(options);
}
vaecollapse::AnyOptimiser<float> make(const SgdOptions& options) {
  return vaecollapse::Sgd<float>(options);
}
vaecollapse::AnyOptimiser<float> make(const AdadeltaOptions& options) {
  return vaecollapse::Adadelta<float>(options);
}

}  // namespace

PriorChoice parse_prior(std::string_view expression) {
  const Table<std::uint64_t> table = priors();
  const auto [components, text] = Binder(expression, table).bind();
  return {components, text};
}

OptimiserChoice parse_optimiser(std::string_view expression) {
  const Table<Options> table = optimisers();
  const Binder binder(expression, table);
  const Term term = binder.parse();
  const auto [options, text] = binder.bind(term);
  const OptimiserChoice choice{options, text};
  try {
    make_optimiser(choice, 1);
  } catch (const vaecollapse::Error& error) {
    vaecollapse::raise(ExpressionError(expression, term.place, error.what()));
  }
  return choice;
}

vaecollapse::AnyOptimiser<float> make_optimiser(const OptimiserChoice& choice,
                                                double learning_rate) {
  return std::visit(
      [&](auto options) {
        options.learning_rate = learning_rate;
        return make(options);
      },
      choice.options);
}

std::vector<MethodSummary> prior_methods() { return summaries(priors()); }
std::vector<MethodSummary> optimiser_methods() { return summaries(optimisers()); }

}  // namespace kit

#include "kit/posteriors.hpp"

#include <cstdio>

#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/mixture_prior.hpp>
#include <vaecollapse/latent/von_mises_fisher.hpp>

#include "kit/expression_table.hpp"

namespace kit {

namespace {

using vaecollapse::AnyPosterior;
using vaecollapse::Index;
using vaecollapse::Layout;
using Kind = Parameter::Kind;
using Given = Arguments<PosteriorFamily>;

AnyPosterior make_gaussian(Layout& layout, const std::string& name, const PosteriorSizes& sizes) {
  const vaecollapse::GaussianHead head(layout, name, {sizes.input, sizes.latent});
  if (sizes.prior_components == 0) return head;
  return vaecollapse::MixturePriorHead(layout, name, head,
                                       static_cast<Index>(sizes.prior_components));
}

PosteriorFamily make_von_mises_fisher(const Given& given) {
  const double kappa = given.number("kappa");
  return {
      .make = [kappa](Layout& layout, const std::string& name,
                      const PosteriorSizes& sizes) -> AnyPosterior {
        return vaecollapse::VonMisesFisherHead(layout, name, {sizes.input, sizes.latent, kappa});
      },
      .fixed_rate =
          [kappa](Index latent) { return vaecollapse::Concentration(latent, kappa).kl(); }};
}

Table<PosteriorFamily> posteriors() {
  return {.noun = "posterior",
          .methods = {
              {"gaussian",
               "N(mu, diag exp(logvar)), both from the encoder's code",
               {},
               [](const Given&) -> PosteriorFamily {
                 return {.make = make_gaussian, .is_gaussian = true};
               }},
              {"vmf",
               "von Mises-Fisher: a direction from the encoder's code; kappa fixes the rate",
               {{"kappa", Kind::number, "50", {}, 0, vaecollapse::Concentration::most_kappa}},
               make_von_mises_fisher},
          }};
}

}  // namespace

PosteriorChoice parse_posterior(std::string_view expression) {
  const Table<PosteriorFamily> table = posteriors();
  const auto [family, text] = Binder(expression, table).bind();
  return {family, text};
}

void try_sizes(const PosteriorFamily& family, const PosteriorSizes& sizes) {
  Layout layout;
  family.make(layout, "posterior", sizes);
}

std::vector<std::string> posterior_notes(const PosteriorChoice& posterior, Index latent,
                                         std::string_view objective) {
  if (!posterior.family.fixed_rate || objective.starts_with("elbo(beta=1)")) return {};
  char nats[32];
  std::snprintf(nats, sizeof nats, "%.1f", posterior.family.fixed_rate(latent));
  return {"--objective: with --posterior " + posterior.text + " the KL is " + nats +
          " nats for every row, so weights, schedules and floors of the KL change the loss that "
          "is shown and nothing that is learnt"};
}

void limit_advice(const PosteriorChoice& posterior, std::string& advice) {
  if (!posterior.family.fixed_rate || advice.find("rate=") == std::string::npos) return;
  advice += "; but the rate is fixed by --posterior " + posterior.text +
            ": only with other numbers of it is there another rate";
}

std::vector<MethodSummary> posterior_methods() { return summaries(posteriors()); }

}  // namespace kit

// Objectives: what the KL costs.
#include "kit/explain/explanation.hpp"

namespace kit {

namespace {

constexpr std::string_view pelsmaeker =
    "Pelsmaeker & Aziz 2019, \"Effective Estimation of Deep Generative Language Models\"";

ParameterText target_rate() {
  return {"rate", "nats per row",
          "the KL that is aimed at, a whole word's or sentence's, not a symbol's"};
}

ParameterText inner_objective() {
  return {"objective", "", "the objective whose KL is weighed; any but another controller"};
}

}  // namespace

std::vector<Explanation> objective_explanations() {
  return {
      {.name = "elbo",
       .group = Group::objective,
       .title = "The plain ELBO, and the beta-VAE",
       .expression = "elbo",
       .use = "--objective elbo",
       .cpp = "vaecollapse::Elbo(beta), vaecollapse::BetaVae<beta>",
       .what = "The negative evidence lower bound: the cost of reconstructing a word, plus the "
               "cost of its code. With beta = 1 it is the bound itself, the plain VAE; any other "
               "beta weighs the code (beta-VAE).",
       .formula = "loss = NLL + beta R",
       .parameters = {{"beta", "",
                       "the weight of the KL: below 1 codes are cheaper, above 1 dearer"}},
       .helps = "As the baseline that everything else is compared with. It is also what every "
                "model is evaluated by, whatever it was trained with. A beta well below 1 is the "
                "simplest cure of a collapse.",
       .hurts = "With a decoder that reads its own history it collapses: while z is still noise, "
                "the KL pushes the posterior onto the prior, and the decoder learns to do without "
                "z. On Turkish it ends at 0.02 nats and gets next to no word right. A beta other "
                "than 1 does not determine how many nats the model will use.",
       .source = "Kingma & Welling 2014, \"Auto-Encoding Variational Bayes\"; Higgins et al. 2017, "
                 "\"beta-VAE\""},
      {.name = "free_bits",
       .group = Group::objective,
       .title = "Free bits",
       .expression = "free_bits",
       .use = "--objective \"free_bits(groups=1,rate=60)\"",
       .cpp = "vaecollapse::FreeBits<K>{rate}, vaecollapse::FreeBits<>{groups, rate}",
       .what = "So many nats a word are free: the KL costs nothing until it exceeds them. The mean "
               "over the batch stands inside the maximum, so that long words may have more than "
               "short ones. The gradient of a group below its floor is exactly 0.",
       .formula = "loss = NLL + sum over K groups g of max(rate / K, R_g)\n"
                  "R_g: the mean over the batch of the KL of the group's dimensions",
       .parameters = {{"groups", "",
                       "K, equal groups of neighbouring dimensions, each with its share of the "
                       "rate; 1: the code as a whole; as many as dimensions: each by itself"},
                      {"rate", "nats per row", "the free nats of all groups together"},
                      {"per", "",
                       "batch: the floor is under the batch's mean; example: each word has its "
                       "own"}},
       .helps = "First thing to try: it has no state and no schedule, and the KL gives the code no "
                "reason to be emptier than the floor. One group leaves it to the model which "
                "dimensions carry what. The trainer's "
                "default for one z is one group with 90 nats.",
       .hurts = "A free nat is no reason to use it: where the decoder needs fewer nats than the "
                "floor has, the rate stays below it (four words with 8 free nats use 1.3), and a "
                "decoder with another way to the source leaves them as noise. Where more are "
                "needed, the rate settles at the floor, so the floor must be chosen: too few nats "
                "cannot "
                "hold a long word, and with many the codes lie far from the prior, so that z drawn "
                "from the prior decodes badly. With many groups a dimension that needs many "
                "nats pays for all beyond its own share, while the shares of others lie idle.",
       .source = "Kingma et al. 2016, \"Improved Variational Inference with Inverse Autoregressive "
                 "Flow\", equation 15"},
      {.name = "soft_free_bits",
       .group = Group::objective,
       .title = "Soft free bits",
       .expression = "soft_free_bits",
       .use = "--objective \"soft_free_bits(rate=60)\"",
       .cpp = "vaecollapse::SoftFreeBits<rate>, vaecollapse::SoftFreeBits<>{rate}",
       .what = "A controller: the weight of the KL falls by a constant factor in every step whose "
               "batch has too few nats, and rises by it while there are too many. Between the two "
               "it stays. For gradients the weight is a constant.",
       .formula = "loss = NLL + w R\n"
                  "after each step:  R < rate                  ->  w = w / (1 + alpha)\n"
                  "                  R > (1 + epsilon) rate    ->  w = w (1 + alpha)\n"
                  "w begins at 1 and stays within [0.01, 1]",
       .parameters = {target_rate(),
                      {"alpha", "per step", "by what share the weight changes in a step"},
                      {"epsilon", "share of the rate", "the width of the band that is left alone"},
                      inner_objective()},
       .helps = "When the rate should be held, but the KL should always cost something: unlike "
                "under free bits its gradient never vanishes. It finds its weight within some "
                "dozens of steps.",
       .hurts = "The rate swings about its band, more so with a large alpha and with small "
                "batches. Losses of different steps are not comparable, as the weight differs. "
                "Below the rate that the model has by itself it does nothing, and a rate above "
                "that which the decoder needs is not reached, for the weight never falls below "
                "0.01 and rewards nothing.",
       .source = "Chen et al. 2016, \"Variational Lossy Autoencoder\""},
      {.name = "ha_bits",
       .group = Group::objective,
       .title = "HA bits",
       .expression = "ha_bits",
       .use = "--objective \"ha_bits(rate=60)\"",
       .cpp = "vaecollapse::HaBits<floor>, vaecollapse::HaBits<>{floor}",
       .what =
           "A floor under the mean KL of a dimension. It is free bits with one group, but for "
           "the price: the KL is averaged over the Z dimensions, so a nat above the floor costs "
           "1/Z of what it costs elsewhere.",
       .formula = "loss = NLL + max(lambda, R / Z)\n"
                  "lambda = rate / Z (per=word), or rate (per=dimension)",
       .parameters = {{"rate", "nats per row, or per dimension", "the floor; `per` tells of what"},
                      {"per", "", "word: the rate is a word's; dimension: that of each dimension"}},
       .helps = "When reconstruction matters more than a code near the prior: the price above the "
                "floor is so low that the model takes the nats that it can use. On Turkish it is "
                "among the most accurate.",
       .hurts = "It does not hold the rate: aimed at 60 nats, Turkish ends at 70. The mean over "
                "dimensions is a hidden beta of 1/Z, which changes with the size of the code.",
       .source = "github.com/kastnerkyle/pytorch-text-vae"},
      {.name = "mdr",
       .group = Group::objective,
       .title = "Minimum desired rate (MDR)",
       .expression = "mdr",
       .use = "--objective \"mdr(rate=60)\"",
       .cpp = "vaecollapse::MDR<rate>, vaecollapse::MDR<>{rate}",
       .what = "The constraint R >= rate, held by a Lagrangian multiplier u: the model minimises, "
               "while u climbs as long as the rate is too low and falls when it is exceeded. At "
               "the end 1 - u is the beta of the beta-VAE that has this rate.",
       .formula = "loss = NLL + R + min(u, 1) (rate - R)\n"
                  "u = softplus(w), after each step:  w = w + learning_rate (rate - R) du/dw",
       .parameters = {target_rate(),
                      {"learning_rate", "per nat and step", "of the ascent on the multiplier"},
                      {"multiplier", "", "where the multiplier u begins; near 1 the KL is free"},
                      {"form", "",
                       "softplus: w is learnt and u = softplus(w); projected: u itself is learnt, "
                       "and kept at 0 or above"},
                      {"averaging", "share",
                       "of the past in a running mean of the rate that the multiplier sees; 0: it "
                       "sees the rate of each batch"},
                      inner_objective()},
       .helps = "When a rate should be held and no weight tuned: it approaches the rate from both "
                "sides and then keeps a smooth, constant weight. Where the model has more nats by "
                "itself, u falls to 0 and the plain ELBO remains.",
       .hurts = "The multiplier is slow: with the default learning rate it takes thousands of "
                "steps, so that short runs end some nats off, above a low rate as well as below a "
                "high one. Give a larger learning_rate there. It makes the KL free and never "
                "rewards it, so a rate above that which the decoder needs is not reached. "
                "Beyond u = 1 the loss would be unbounded below; hence min(u, 1), which is ours, "
                "as are the projected form and the running mean.",
       .source = pelsmaeker},
      {.name = "hinge",
       .group = Group::objective,
       .title = "A hinge at the rate",
       .expression = "hinge",
       .use = "--objective \"hinge(rate=60)\"",
       .cpp = "vaecollapse::Hinge<rate>, vaecollapse::Hinge<>{rate}",
       .what =
           "The KL, and a penalty for each nat that is missing from the rate. With gamma = 1 it is "
           "free bits with one group; above 1 missing nats are pulled up and not merely "
           "allowed.",
       .formula = "loss = NLL + R + gamma max(0, rate - R)",
       .parameters = {target_rate(), {"gamma", "", "what a missing nat costs"}},
       .helps = "When free bits leave the rate below its floor early in training: below it the KL "
                "has a weight of 1 - gamma, which is negative, and the code is filled at once.",
       .hurts = "The gradient jumps at the target, so the rate oscillates about it. Nats that are "
                "filled before the decoder can read them are noise at first, so it starts more "
                "slowly than free bits, and a decoder that does not need them leaves them so: the "
                "rate is then held and carries nothing. With gamma below 1 the rate may be missed: "
                "a nat then still costs 1 - gamma.",
       .source = pelsmaeker},
      {.name = "capacity",
       .group = Group::objective,
       .title = "A capacity that rises",
       .expression = "capacity",
       .use = "--objective \"capacity(rate=60,steps=10000)\"",
       .cpp = "vaecollapse::Capacity<rate>, vaecollapse::Capacity<>{rate}",
       .what = "The KL is held to a capacity from both sides; the capacity rises from 0 to the "
               "rate, so that what matters most is encoded first.",
       .formula = "loss = NLL + gamma |R - C(t)|,  C(t) = rate min(1, t / steps)",
       .parameters = {target_rate(),
                      {"steps", "steps of the optimiser",
                       "until the capacity is the rate; 0: from the beginning"},
                      {"gamma", "", "what a nat too many or too few costs"}},
       .helps = "When the rate must be a given number, neither less nor more, or when it should "
                "be seen what is encoded at which capacity.",
       .hurts =
           "While the capacity is low the decoder learns to do without z, which it must "
           "unlearn later: in a short run it is far behind free bits. Nats above the rate are "
           "punished even "
           "where they would help; gamma must exceed what a nat of KL saves of NLL, or the rate "
           "stays above the capacity. Nats below it are rewarded whether or not the decoder "
           "uses them.",
       .source = "Burgess et al. 2018, \"Understanding disentangling in beta-VAE\", equation 8 "
                 "(gamma is 1000 there, for images); Prokhorov et al. 2019"},
      {.name = "places",
       .group = Group::objective,
       .title = "Free nats for each place",
       .expression = "places",
       .use = "--objective \"places(rate=11)\"",
       .cpp = "vaecollapse::Places<rate>, vaecollapse::Places<>{rate, {.global = nats}}",
       .what = "For a model whose latent is a sequence, with a Gaussian for each place of the "
               "source: so many nats a place are free. The floor is under the sum of all places "
               "of a batch, so that one place may have more than its share while another has "
               "less, and a long word has more than a short one. Where a global z stands beside "
               "the places, it has a floor of its own. What the number of places tells is part "
               "of the rate and of the loss, but nothing can change it.",
       .formula = "loss = NLL + max(rate mean S, R_places) + max(global, R_global) + R_length\n"
                  "S: the places of a word, its end symbol included; the others are\n"
                  "means over the batch",
       .parameters = {{"rate", "nats per place", "the free nats of a place, on average"},
                      {"global", "nats per word",
                       "the free nats of the z beside the places; 0 where there is none"}},
       .helps = "With a latent for each place: it keeps the nats of a place the same whatever the "
                "words' lengths are, and it has no state.",
       .hurts = "Everywhere else: the KL of one z has no places, which is an error. As under free "
                "bits, a free nat is no reason to use it.",
       .source = "The floors are those of Kingma et al. 2016, \"Improved Variational Inference "
                 "with Inverse Autoregressive Flow\", equation 15, in two groups"},
      {.name = "per_entry",
       .group = Group::objective,
       .title = "Means over symbols and dimensions",
       .expression = "per_entry",
       .use = "--objective \"per_entry(free_bits(groups=1,rate=30))\"",
       .cpp = "vaecollapse::compat::PerEntry(policy)",
       .what =
           "Wraps another objective: the NLL is averaged over the symbols of the batch, and the "
           "penalty on the KL over the Z dimensions, as in many published systems. Both are then "
           "multiplied by T, the mean number of symbols of a word, so that the NLL keeps its "
           "value.",
       .formula = "loss = NLL + (T / Z) f(KL)",
       .parameters = {{"objective", "", "the objective that f is of"}},
       .helps =
           "To reproduce a system that takes such means, and to see the weight that they hide: "
           "metrics.csv shows it. For Turkish and 150 dimensions it is about 0.08.",
       .hurts = "Everywhere else: the weight of the KL then depends on the length of words and on "
                "the size of the code, which nobody chose.",
       .source = "github.com/akashrajkn/akruti"},
  };
}

}  // namespace kit

// Posteriors and priors of z, transforms of its head, and auxiliary losses on it.
#include "kit/explain/explanation.hpp"

namespace kit {

namespace {

constexpr std::string_view kamoi =
    "the article of github.com/akashrajkn/akruti, section 6; Kamoi & Fukutomi 2018";

}  // namespace

std::vector<Explanation> latent_explanations() {
  return {
      {.name = "gaussian_posterior",
       .group = Group::posterior,
       .title = "A Gaussian posterior",
       .expression = "gaussian",
       .use = "--posterior gaussian",
       .cpp = "vaecollapse::GaussianHead",
       .what = "The code of a word is a Gaussian whose dimensions are independent: two linear "
               "layers give its mean and the logarithm of its variance. Objectives choose how many "
               "nats it holds.",
       .formula = "q(z|x) = N(mu, diag exp(logvar)),  z = mu + exp(logvar / 2) e,  e ~ N(0, I)",
       .parameters = {},
       .helps = "The usual choice. Every figure, picture and prior that the program has works "
                "with it.",
       .hurts = "It can become the prior, N(0, I), for every word: that is posterior collapse.",
       .source = "Kingma & Welling 2014, \"Auto-Encoding Variational Bayes\""},
      {.name = "von_mises_fisher",
       .group = Group::posterior,
       .title = "A direction with a fixed rate",
       .expression = "vmf",
       .use = "--posterior \"vmf(kappa=50)\"",
       .cpp = "vaecollapse::VonMisesFisherHead",
       .what = "The code of a word is a direction. A linear layer, divided by its length, gives "
               "mu, and z is drawn around it on the unit sphere, the closer the greater kappa. The "
               "prior is uniform on the sphere. kappa does not depend on the word, so the KL is "
               "the same number for every word and has no gradient.",
       .formula = "q(z|x) = C exp(kappa mu'z),  |mu| = |z| = 1\n"
                  "KL = kappa A + log C + log area of the sphere,  A = E mu'z = I_(Z/2)(kappa) / "
                  "I_(Z/2-1)(kappa)",
       .parameters = {{"kappa", "",
                       "how closely z keeps to mu; with 32 dimensions, 13, 25, 50, 100 and 200 "
                       "give 2.2, 5.8, 12.3, 20.8 and 30.4 nats, with 128 dimensions 0.7, 2.3, "
                       "8.1, 22.8 and 48.8"}},
       .helps = "The posterior cannot become the prior, so there is no weight, schedule or floor "
                "to choose: take elbo as the objective, and kappa for the rate.",
       .hurts = "A decoder may still leave z unread, and pays the same rate for it: see what "
                "permuted codes cost. Every word has the same rate, long or short. The variance of "
                "a coordinate of mu is 1 / latent at most, so active units say nothing.",
       .source = "Xu & Durrett 2018, \"Spherical Latent Spaces for Stable Variational "
                 "Autoencoders\"; Davidson et al. 2018, \"Hyperspherical Variational "
                 "Auto-Encoders\"",
       .measured = "corpus --out corpus\n"
                   "train --out m --epochs 8 --latent 32 --embedding 32 \\\n"
                   "  --encoder-hidden 128 --decoder-hidden 128 --posterior P --objective O\n"
                   "diagnose --model m --data corpus/dev.tsv --samples 20 \\\n"
                   "  --probe-rows 60\n"
                   "\n"
                   "                                   nats a word   accuracy   z of another word\n"
                   "P, O                               rate    NLL          %    NLL   accuracy %\n"
                   "vmf(kappa=50), elbo               12.25   4.79       45.3  28.48          0.0\n"
                   "vmf(kappa=100), elbo              20.76   2.53       73.7  40.02          0.1\n"
                   "gaussian, free_bits(rate=12.25)   12.18   2.73       77.6  37.27          0.1\n"
                   "gaussian, elbo                     0.14  13.92        0.0  14.16          0.0"},
      {.name = "gaussian_prior",
       .group = Group::prior,
       .title = "The standard Gaussian prior",
       .expression = "gaussian",
       .use = "--prior gaussian",
       .cpp = "vaecollapse::GaussianHead",
       .what = "Codes are compared with N(0, I). The KL is exact and has an entry for each "
               "dimension, which objectives with groups need.",
       .formula = "K_d = (mu_d^2 + exp(logvar_d) - logvar_d - 1) / 2",
       .parameters = {},
       .helps = "Always the first choice: no parameters, and a KL without noise.",
       .hurts = "Classes of words that lie apart must be pressed into one cloud, or paid for.",
       .source = "Kingma & Welling 2014, \"Auto-Encoding Variational Bayes\""},
      {.name = "mixture_prior",
       .group = Group::prior,
       .title = "A mixture of Gaussians as the prior",
       .expression = "mixture",
       .use = "--prior \"mixture(10)\"",
       .cpp = "vaecollapse::MixturePriorHead",
       .what =
           "The prior has several modes, whose means, variances and weights are learnt with the "
           "model. The KL is estimated from the z that was drawn, and has one entry for a "
           "word, none for a dimension.",
       .formula = "p(z) = sum over k of pi_k N(z; m_k, diag s_k)\n"
                  "KL of a word = E log q - log p(z) at the drawn z",
       .parameters = {{"components", "", "how many Gaussians"}},
       .helps = "Where codes form clusters, and where new words are to be drawn from the prior.",
       .hurts = "It does not prevent a collapse: a prior that can move may as well move to the "
                "posterior. Its KL is noisy, and the KL of a single word may come out negative. "
                "Free bits with more than one group are an error with it.",
       .source = "Kamoi & Fukutomi 2018 learn means; learnt variances and weights are ours"},
      {.name = "no_head_transform",
       .group = Group::head_transform,
       .title = "No head transform",
       .expression = "none",
       .use = "--head-transform none",
       .cpp = "vaecollapse::NoHeadTransform",
       .what = "The posterior has the mu and logvar that its linear heads give.",
       .formula = "q(z|x) = N(mu, diag exp(logvar))",
       .parameters = {},
       .helps = "With an objective that holds the rate: two remedies at once are hard to read.",
       .hurts = "With the plain ELBO, nothing keeps mu from becoming the same for all words.",
       .source = "Kingma & Welling 2014, \"Auto-Encoding Variational Bayes\""},
      {.name = "batch_norm",
       .group = Group::head_transform,
       .title = "Normalised means: BN-VAE",
       .expression = "batch_norm",
       .use = "--head-transform \"batch_norm(0.6)\"",
       .cpp = "vaecollapse::BatchNormMean<gamma>, vaecollapse::BatchNormMean<>{gamma}",
       .what =
           "The means of the posteriors of a batch are shifted and scaled, each dimension by "
           "itself, "
           "so that their deviation over the batch is gamma; the shift b is learnt, gamma is not. "
           "So the KL of a batch in training has a floor, whatever the objective is: gamma^2 / 2 "
           "nats a dimension, as long as the variances v_d before are far above epsilon. "
           "Evaluation, and a batch of one, normalise by running moments, which are saved with the "
           "model, and are under no floor. These begin at 0 and 1 and follow a tenth a step: in "
           "the first hundred steps they show too low a rate.",
       .formula = "mu_d <- gamma (mu_d - mean_d) / sqrt(v_d + epsilon) + b_d\n"
                  "KL of a batch >= 1/2 sum over d of (gamma^2 v_d / (v_d + epsilon) + b_d^2)",
       .parameters = {{"gamma", "",
                       "the deviation of the means; 32 dimensions cost 4.0, 5.8, 7.8 and 13.0 nats "
                       "at least with 0.5, 0.6, 0.7 and 0.9"},
                      {"epsilon", "", "what is added to the variances"}},
       .helps = "A rate for the plain ELBO without a schedule or a multiplier, at the cost of a "
                "few sums. Where z is worth more than the floor, z is used.",
       .hurts =
           "The floor guarantees a rate, not that z is used: means that differ at random satisfy "
           "it. Every "
           "dimension counts as an active unit by construction, so neither the rate nor active "
           "units show anything here; only what permuted z costs does, which the command diagnose "
           "prints. gamma holds the means from above, too: more nats than the floor come from "
           "small "
           "variances alone. Where the floor costs more than z is worth, a long training may "
           "shrink "
           "the variances to epsilon, and the floor with them.",
       .source = "Zhu et al. 2020, \"A Batch Normalized Inference Network Keeps the KL Vanishing "
                 "Away\"; epsilon, and the momentum 0.1 of the running moments, are PyTorch's",
       .measured = "corpus --out corpus\n"
                   "train --objective elbo --dropout none --latent 32 --epochs 3 \\\n"
                   "  --seed 1 --head-transform T --out DIR\n"
                   "diagnose --model DIR --data corpus/dev.tsv\n\n"
                   "permuted: each word with the z of another one\n\n"
                   "                  accuracy %          NLL, nats         rate,  active\n"
                   "T                 own  permuted       own  permuted     nats   units\n"
                   "none              0.4       0.4      8.02      8.10     0.04       0\n"
                   "batch_norm(0.6)  64.4       0.0      4.21     15.54     5.93      32\n\n"
                   "NLL by 100 samples: 8.04 nats with none (95.9 effective), 8.16 with\n"
                   "batch_norm(0.6) (14.6 effective)"},
      {.name = "bag_of_characters",
       .group = Group::auxiliary,
       .title = "Bag of characters",
       .expression = "bag_of_characters",
       .use = "--objective \"mdr(60)+bag_of_characters(1)\"",
       .cpp = "objective + vaecollapse::BagOfCharacters(layout, name, sizes, options)",
       .what =
           "A second task: the encoder is also given which characters the source has, b(x), and "
           "a linear head must predict them from z alone. The loss is added to the objective and "
           "has a column of its own in metrics.csv.",
       .formula = "loss = ... - weight sum over c of b_c log softmax(a(z))_c",
       .parameters = {{"weight", "", "of the loss, gamma in the article"},
                      {"entries", "",
                       "what b_c is: counts; shares: counts over the word's length; presence: 0 or "
                       "1"}},
       .helps = "It gives z something to hold that the decoder's history cannot replace, without a "
                "rate to choose.",
       .hurts = "Nats that hold the characters cannot hold their order: where the rate is held, on "
                "Turkish, it cost three points of accuracy at weight 1. The loss grows with the "
                "length of words, so its weight does too, unless entries are shares.",
       .source = kamoi},
  };
}

}  // namespace kit

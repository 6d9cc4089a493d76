// Plans of a training.
#include "kit/explain/explanation.hpp"

namespace kit {

std::vector<Explanation> plan_explanations() {
  return {
      {.name = "plan",
       .group = Group::training,
       .title = "Phases, each with an objective of its own",
       .expression = "plan",
       .use = "--objective \"plan(elbo(beta=0):epochs=3,reset(decoder),free_bits(rate=60))\"",
       .cpp = "vaecollapse::PhasedPlan with vaecollapse::PhasedObjective",
       .what =
           "The training has phases one after the other. Each is an objective with the number of "
           "its epochs, as elbo(beta=0):epochs=3; the last has all that are left of --epochs. "
           "An objective may follow what its phase begins with: reset(decoder) draws new "
           "parameters, freeze(encoder) lets them not move in this phase, move(posterior,decoder) "
           "lets nothing else move. The brackets hold the beginnings of names of parameters, such "
           "as decoder or encoder.embedding; frozen ones have no gradient at all. The warm-up and "
           "the decay of the learning rate, and "
           "annealing, span a phase. Only the last phase's epochs can be the best or use up "
           "patience. An auxiliary loss is added behind the plan, for all of its phases.",
       .formula = "loss of phase p = NLL + f_p(KL)",
       .parameters = {{"phases", "",
                       "objectives, with epochs but for the last, and what they begin "
                       "with"}},
       .helps =
           "Where the encoder should learn to say what a word is before the KL costs anything: "
           "an autoencoder first, then a new decoder that must use what it is given.",
       .hurts = "A code that was learnt without a KL is far from the prior, and the phase after it "
                "may need many epochs to bring it near. Epochs before the last phase do not train "
                "the model that is kept, so compare runs of equal epochs.",
       .source = "Li et al. 2019, \"A Surprisingly Effective Fix for Deep Latent Variable Modeling "
                 "of Text\" (an autoencoder first, then a new decoder)"},
  };
}

}  // namespace kit

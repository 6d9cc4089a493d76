// Dropouts: what the decoder does not read in training.
#include "kit/explain/explanation.hpp"

namespace kit {

namespace {

ParameterText replacement() {
  return {
      "to", "",
      "what is read in place of a dropped symbol: unk: the unknown symbol; zero: the zero vector"};
}

}  // namespace

std::vector<Explanation> dropout_explanations() {
  return {
      {.name = "none",
       .group = Group::dropout,
       .title = "No dropout",
       .expression = "none",
       .use = "--dropout none",
       .cpp = "vaecollapse::NoDropout",
       .what = "In training the decoder reads every symbol of the target.",
       .formula = "x'_i = x_i",
       .parameters = {},
       .helps =
           "When an objective holds the rate already, and in short runs, where dropout has not "
           "paid yet.",
       .hurts = "With the plain ELBO: the decoder then predicts from its history alone.",
       .source = "Williams & Zipser 1989 (teacher forcing)"},
      {.name = "character_dropout",
       .group = Group::dropout,
       .title = "Character dropout",
       .expression = "chars",
       .use = "--dropout \"chars(0.3)\"",
       .cpp = "vaecollapse::CharacterDropout<beta>, vaecollapse::CharacterDropout<>{beta}",
       .what = "Each symbol that the decoder reads is dropped with the same probability, "
               "independently for each word and position. The start symbol is never dropped, nor "
               "is any symbol that the decoder "
               "is to predict. In evaluation nothing is dropped.",
       .formula = "d_i ~ Bernoulli(beta);  x'_i = <UNK> where d_i = 1, else x_i",
       .parameters = {{"beta", "probability", "of being dropped"}, replacement()},
       .helps = "It makes the history, which could replace z, unreliable, and it makes the decoder "
                "sturdier. The trainer's default is chars(0.3), beside free nats.",
       .hurts = "By itself it does not prevent a collapse: neighbours that were not dropped still "
                "tell much. It slows training, and costs accuracy in short runs.",
       .source = "the article of github.com/akashrajkn/akruti, section 4.1; Bowman et al. 2015 "
                 "(word dropout)"},
      {.name = "word_dropout",
       .group = Group::dropout,
       .title = "Word dropout",
       .expression = "words",
       .use = "--dropout \"words(0.3)\"",
       .cpp = "vaecollapse::CharacterDropout<beta>, vaecollapse::CharacterDropout<>{beta}",
       .what = "Each token that the decoder reads is replaced by the unknown one with the same "
               "probability, independently for each sentence and position. The start symbol is "
               "never dropped, nor is any token that the decoder is to predict. In evaluation "
               "nothing is dropped.",
       .formula = "d_i ~ Bernoulli(beta);  x'_i = <unk> where d_i = 1, else x_i",
       .parameters = {{"beta", "probability", "of being dropped"}, replacement()},
       .helps = "With sentences, whose history predicts the next word well: what is missing can "
                "come from z. It is the remedy of the work that found the collapse.",
       .hurts = "It costs the decoder, which is trained on sentences with holes and evaluated on "
                "whole ones. Where an objective holds the rate, little of it or none is better.",
       .source = "Bowman et al. 2015, \"Generating Sentences from a Continuous Space\""},
      {.name = "contiguous_dropout",
       .group = Group::dropout,
       .title = "Contiguous dropout",
       .expression = "contiguous",
       .use = "--dropout \"contiguous(0.14,3.5)\"",
       .cpp = "vaecollapse::ContiguousDropout<beta, lambda>, vaecollapse::contiguous_beta(share, "
              "lambda)",
       .what = "Whole spans of symbols are dropped. A span may begin at any position, spans may "
               "meet, and one of length 0 drops nothing. The start symbol is never dropped. The "
               "helper contiguous_beta gives the beta for a wanted share.",
       .formula = "m_i ~ Bernoulli(beta), l_i ~ Poisson(lambda)\n"
                  "dropped: all positions i .. i + l_i - 1 with m_i = 1\n"
                  "share, far from the start: 1 - prod over k >= 0 of (1 - beta P(l > k))",
       .parameters = {{"beta", "probability", "of a span's beginning at a position"},
                      {"lambda", "symbols", "the mean length of a span"},
                      replacement()},
       .helps = "Where single dropped symbols can be guessed from their neighbours: a whole stem "
                "that is gone can only come from z.",
       .hurts = "At the same share of dropped symbols it is harder than character dropout: some "
                "words lose all of their history, others nothing. On Turkish, in a short run, it "
                "was less accurate than character dropout.",
       .source = "the article of github.com/akashrajkn/akruti, section 4.2"},
      {.name = "embedding_dropout",
       .group = Group::dropout,
       .title = "Embedding dropout",
       .expression = "embedding",
       .use = "--dropout \"embedding(0.3)\"",
       .cpp = "vaecollapse::EmbeddingDropout<p>, vaecollapse::EmbeddingDropout<>{p}",
       .what = "Units of the embeddings that the decoder reads become 0, each independently in "
               "every step; the others are scaled up, so that the mean stays.",
       .formula = "e'_j = e_j b_j / (1 - p),  b_j ~ Bernoulli(1 - p)",
       .parameters = {{"p", "probability", "of a unit's being dropped"}},
       .helps = "As a regulariser, as in other networks.",
       .hurts = "It hardly weakens the decoder: the units that are left still tell which symbol it "
                "was. With the plain ELBO it collapses as if it were not there.",
       .source =
           "the article of github.com/akashrajkn/akruti, section 4.1; Srivastava et al. 2014"},
      {.name = "batch_wide",
       .group = Group::dropout,
       .title = "One mask for a batch",
       .expression = "batch_wide",
       .use = "--dropout \"batch_wide(chars(0.4,to=zero))\"",
       .cpp = "vaecollapse::compat::BatchWide(policy)",
       .what =
           "Wraps another dropout, so that it drops the same positions in every word of a batch.",
       .formula = "d_bi = d_i for all words b of the batch",
       .parameters = {{"dropout", "", "the dropout whose draws are shared"}},
       .helps = "To reproduce a system whose masks have no batch axis.",
       .hurts = "Everywhere else: a step sees one draw where it could see one for each word, so "
                "that gradients are noisier.",
       .source = "github.com/akashrajkn/akruti"},
  };
}

}  // namespace kit

// Language models, batches, the learning rate, and how weights begin.
#include "text_vae/handbook.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "text_vae/settings.hpp"

namespace text_vae {

namespace {

using kit::Explanation;
using kit::Group;

constexpr std::string_view he =
    "He et al. 2019, \"Lagging Inference Networks and Posterior Collapse in Variational "
    "Autoencoders\", and its code";

std::vector<Explanation> explanations() {
  return {
      {.name = "language_model",
       .group = Group::decoder,
       .title = "The decoder alone",
       .expression = "",
       .use = "--latent 0",
       .cpp = "vaecollapse::text::make_language_model",
       .what = "The decoder of the VAE without z: a recurrent language model of single sentences, "
               "with the same embeddings, cell and output layer.",
       .formula = "log p(x) = sum over t of log p(x_t | x_1 .. x_(t-1)),  exact",
       .parameters = {{"latent", "dimensions", "of z; 0: none"}},
       .helps = "As the baseline: a sentence VAE that does not beat it predicts no better for its "
                "z.",
       .hurts = "It has no code of a sentence, and nothing to interpolate between.",
       .source = "Bowman et al. 2015, \"Generating Sentences from a Continuous Space\""},
      {.name = "equal_batches",
       .group = Group::training,
       .title = "Batches of one length",
       .expression = "",
       .use = "--batches equal",
       .cpp = "vaecollapse::SamplerOptions",
       .what = "Every batch holds sentences of one length, and batches come in random order. Of "
               "lengths that few sentences have the batches are smaller, so an epoch has more "
               "steps.",
       .formula = "",
       .parameters = {{"batches", "", "mixed or equal"}},
       .helps = "To reproduce published figures. Without padding there is nothing to save by it.",
       .hurts = "A floor under the batch's rate lets long sentences have no more nats than short "
                "ones.",
       .source = he},
      {.name = "published_init",
       .group = Group::training,
       .title = "Weights that begin as published",
       .expression = "",
       .use = "--init published",
       .cpp = "vaecollapse::text::Initial::published",
       .what =
           "Embeddings begin uniform on (-0.1, 0.1), all other weights and biases on (-0.01, "
           "0.01), whatever the widths of their layers. The first state and the output layer have "
           "no biases.",
       .formula = "",
       .parameters = {{"init", "", "usual or published"}},
       .helps = "With plain SGD at learning rates of 0.5 and 1, as in the published recipe.",
       .hurts = "With Adam the first epochs are slower.",
       .source = he},
      {.name = "plateau",
       .group = Group::training,
       .title = "A learning rate that falls when dev no longer improves",
       .expression = "",
       .use = "--optimiser sgd --learning-rate 1 --warmup 0 --decay 0 --plateau plateau",
       .cpp = "",
       .what = "After some epochs without a better one the weights go back to those of the best "
               "epoch, and training goes on with a part of the learning rate. After so many falls "
               "the training ends.",
       .formula = "",
       .parameters = {{"plateau", "", "none, or plateau(patience=5,factor=0.5,times=5,from=15)"}},
       .helps = "With SGD, whose learning rate must be high at first and low in the end.",
       .hurts = "How long a training takes is not known before it ends; --epochs is the most.",
       .source = he},
      {.name = "output_dropout",
       .group = Group::training,
       .title = "Dropout of the decoder's output",
       .expression = "",
       .use = "--output-dropout 0.5",
       .cpp = "",
       .what = "In training each unit of the decoder's output is dropped before the layer that "
               "predicts tokens; the others are scaled up. The state that goes to the next step "
               "is whole.",
       .formula = "h'_j = h_j b_j / (1 - p),  b_j ~ Bernoulli(1 - p)",
       .parameters = {{"output_dropout", "probability", "of a unit's being dropped"}},
       .helps = "As a regulariser: on PTB the output layer has more weights than there are words "
                "to learn from.",
       .hurts = "In short runs and with much data, where it only slows.",
       .source = "Zaremba et al. 2014; Srivastava et al. 2014"},
  };
}

/// Without those of words with places and tags.
std::vector<Explanation> with_fitting_policies(std::vector<Explanation> own) {
  std::vector<Explanation> all = kit::with_policies(std::move(own));
  std::erase_if(all, [](const Explanation& one) {
    return one.expression == "places" || one.expression == "bag_of_characters";
  });
  return all;
}

}  // namespace

const kit::Handbook& handbook() {
  static const kit::Handbook book{
      .program = "text_vae",
      .explanations = with_fitting_policies(explanations()),
      .compared = {},
      .default_of_setting = [](std::string_view name) -> std::optional<std::string> {
        const Setting* setting = setting_table.find(name);
        if (setting == nullptr) return std::nullopt;
        return show(Settings(), *setting);
      }};
  return book;
}

int explain_command(const kit::ExplainArguments& arguments) {
  return kit::explain(handbook(), arguments);
}

}  // namespace text_vae

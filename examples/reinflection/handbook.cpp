// Decoders, and the ways in which z reaches them.
#include "handbook.hpp"

#include <utility>

#include "compare/methods.hpp"
#include "latents.hpp"
#include "settings.hpp"

namespace reinflection {

namespace {

using kit::Explanation;
using kit::Group;

constexpr std::string_view semeniuta =
    "Semeniuta et al. 2017, \"A Hybrid Convolutional Variational Autoencoder for Text Generation\"";

std::vector<kit::SettingText> settings_of_system(std::string_view system) {
  std::vector<kit::SettingText> settings;
  for (const CompatSetting& one : compat_settings(system)) {
    settings.push_back({kit::option_name(one.setting), one.value, one.about});
  }
  return settings;
}

std::vector<Explanation> decoder_explanations() {
  return {
      {.name = "gru",
       .group = Group::decoder,
       .title = "A decoder that reads the symbols before",
       .expression = "",
       .use = "--decoder gru",
       .cpp = "vaecollapse::GruDecoder",
       .what = "A GRU that reads the symbol before, the tags, and z. In training it reads the "
               "right symbol (teacher forcing), in evaluation its own.",
       .formula = "h_0 = tanh(W [z; tags] + b)\n"
                  "h_t = GRU([emb(x_(t-1)); tags; z], h_(t-1)),  logits from [h_t; tags]",
       .parameters = {{"decoder_hidden", "units", "width of the GRU"},
                      {"attention", "units", "width of attention over the tags; 0: their sum"}},
       .helps = "The most accurate decoder, as long as the objective keeps z in use.",
       .hurts = "It is the reason for posterior collapse: the history predicts the next symbol so "
                "well that z is hardly needed.",
       .source = "Cho et al. 2014; Bowman et al. 2015"},
      {.name = "lstm",
       .group = Group::decoder,
       .title = "LSTMs in encoder and decoder, in place of GRUs",
       .expression = "",
       .use = "--cell lstm",
       .cpp = "vaecollapse::RecurrentDecoder<vaecollapse::Lstm>",
       .what = "Both directions of the encoder and the decoder are LSTMs, whatever --decoder says "
               "that the decoder reads. A cell state c goes from step to step beside the output h. "
               "The code is the encoder's last output; z and the tags give the decoder's first "
               "state, h_0 and c_0 alike.",
       .formula =
           "[h_0; c_0] = tanh(W [z; tags] + b)\n"
           "i, f, o = sigmoid(...), g = tanh(...), each of [emb(x_(t-1)); tags; z; h_(t-1)]\n"
           "c_t = f c_(t-1) + i g,  h_t = o tanh(c_t),  logits from [h_t; tags]",
       .parameters = {},
       .helps = "To compare with published models, most of which have an LSTM.",
       .hurts =
           "Four gates in place of three: a third more weights and work at the same width. The "
           "settings of this program were chosen with GRUs.",
       .source = "Hochreiter & Schmidhuber 1997; Gers et al. 2000; Bowman et al. 2015"},
      {.name = "historyless_a",
       .group = Group::decoder,
       .title = "A decoder that reads zeros for symbols",
       .expression = "",
       .use = "--decoder historyless_a --dropout none",
       .cpp = "vaecollapse::History::zeroed",
       .what =
           "The decoder reads the zero vector in place of the symbol before, in training and in "
           "evaluation. Of the symbols before it knows only what its state predicts.",
       .formula = "h_t = GRU([0; tags; z], h_(t-1)),  logits from [h_t; tags]",
       .parameters = {},
       .helps =
           "To see how much z holds: every symbol must come from it, as the decoder has nothing "
           "else that tells words apart but their tags.",
       .hurts = "With the plain ELBO it comes to use z slowly: 2 nats after three epochs on the "
                "built-in corpus. The symbols of a word do not know of each other, so long words "
                "come out wrong in places: on Turkish it costs some thirty points of accuracy "
                "beside the same "
                "objective with a history.",
       .source = semeniuta},
      {.name = "historyless_b",
       .group = Group::decoder,
       .title = "A decoder that predicts all symbols at once",
       .expression = "",
       .use = "--decoder historyless_b --dropout none",
       .cpp = "vaecollapse::History::absent",
       .what = "A decoder that has no input for symbols: states are unrolled from z and the tags, "
               "each symbol is predicted from its state, independently, and the word is cut at the "
               "first end. With tied weights and a zero vector for symbols it equals "
               "historyless_a.",
       .formula = "h_t = GRU([tags; z], h_(t-1)),  p(x) = prod over t of p(x_t | h_t)",
       .parameters = {},
       .helps = "Where speed of decoding matters: the symbols of a word need not wait for each "
                "other, and fewer weights are trained.",
       .hurts = "As historyless_a.",
       .source = "the article of github.com/akashrajkn/akruti, section 5"},
      {.name = "z_into",
       .group = Group::decoder,
       .title = "Where z enters the decoder",
       .expression = "",
       .use = "--z-into h0,inputs",
       .cpp = "vaecollapse::LatentEntry",
       .what = "z may be given to the first state of the decoder (h0), to its input at every step "
               "(inputs), to the layer of its output (output), or to several of them.",
       .formula = "h0:      h_0 = tanh(W [z; tags] + b), else tanh(W tags + b)\n"
                  "inputs:  z is part of the input of every step\n"
                  "output:  logits from [h_t; tags; z]",
       .parameters = {{"z_into", "", "a list of h0, inputs and output"}},
       .helps = "At every step z cannot be forgotten on the way; through h0 alone a long word must "
                "carry it in the state.",
       .hurts = "No entry prevents a collapse by itself: a weight that reads z can become 0.",
       .source = "Bowman et al. 2015 (h0); Dieng et al. 2019, \"Avoiding Latent Variable Collapse "
                 "with Generative Skip Models\" (every layer)"},
      {.name = "encoder_state_bypass",
       .group = Group::reproduction,
       .title = "The encoder's state in place of h_0",
       .expression = "",
       .use = "--encoder-state-bypass --z-into inputs --decoder-hidden 512",
       .cpp = "",
       .what = "The decoder starts from the encoder's last state, as sequence-to-sequence models "
               "without a latent variable do. Words then reach the decoder around z.",
       .formula = "h_0 = [h_fwd; h_bwd] of the encoder",
       .parameters = {{"encoder_state_bypass", "",
                       "whether it starts there; a warning is printed"}},
       .helps = "To reproduce systems that do so, and to see what it does.",
       .hurts =
           "The rate does not measure what the decoder knows, and the model is no VAE: words "
           "cannot be generated from z. Nothing in the usual scores shows it; the accuracy with "
           "permuted codes does: in the published system, on Turkish, a third of the words "
           "come out right with the z of another word.",
       .source = "github.com/akashrajkn/akruti"},
      {.name = "compat",
       .group = Group::reproduction,
       .title = "The published system",
       .expression = "",
       .use = "--compat akruti",
       .cpp = "",
       .what = "A list of settings that make the model what the study's system is, faults "
               "included. Options given beside it win. Three of its faults have no setting: its "
               "encoder reads padding, its masks stay on in tests, and its KL takes the logarithm "
               "of the variance for that of the standard deviation.",
       .formula = "",
       .parameters = {{"compat", "", "akruti, or none"}},
       .helps = "To measure what those faults do: `reinflect compare --methods study` has it as a "
                "row.",
       .hurts = "For everything else. Its accuracy is no evidence of what its latent space holds, "
                "because words need not pass through z.",
       .source = "github.com/akashrajkn/akruti",
       .also = "akruti",
       .settings = settings_of_system("akruti")},
  };
}

std::vector<Explanation> sequence_explanations() {
  return {
      {.name = "latent_per_place",
       .group = Group::posterior,
       .title = "A latent for each place of the source",
       .expression = "",
       .use = "--latent-per-place 48",
       .cpp = "vaecollapse::PlacesEncoder, vaecollapse::PlacesHead, vaecollapse::AttendingDecoder",
       .what = "z is a sequence: a Gaussian for each symbol of the source and for its end, each "
               "sampled. The decoder attends to these places before it predicts a symbol. With "
               "--latent above 0 one z of the whole word stands beside them; it enters the first "
               "state and every input. Nothing else leads from the source to the decoder but the "
               "number of places, and that is counted: the rate is the KL of all places, of the z "
               "beside them, and -log p of the number, p the lengths of the training rows. "
               "evaluate and diagnose print the parts. It is the default, but beside options that "
               "only one z has.",
       .formula =
           "q(z_s|x) = N(mu_s, diag exp(logvar_s)) of the encoder's output at place s\n"
           "h_0 = tanh(W [mean z_s; z; tags] + b),  inputs [emb(x_(t-1)); tags; mean z_s; z]\n"
           "a_ts = softmax over s of v tanh(W_q [h_t; tags] + W_k z_s),  c_t = sum a_ts z_s\n"
           "logits = V tanh(W [h_t; c_t; tags] + b)",
       .parameters = {{"latent_per_place", "dimensions of a place", "0: one z and no places"},
                      {"latent", "dimensions", "of the z beside the places; 0: none"},
                      {"z_into", "", "where the mean over the places enters: h0, inputs or both"}},
       .helps = "Words of stems that the training does not have: one z cannot spell them, and "
                "places are copied. Take the objective `places`, which frees nats for each place.",
       .hurts = "The rate is a whole word's and grows with its length, 60 nats and more, so the "
                "mutual information of z cannot be estimated. A sample of the prior is a sequence "
                "of unrelated places, and no word. No --posterior, --prior or --head-transform "
                "but the default goes with it, and no bag of characters.",
       .source = "Shu et al. 2020, \"Latent-Variable Non-Autoregressive Neural Machine Translation "
                 "with Deterministic Inference Using a Delta Posterior\" (a sequence of latents "
                 "and their number); Bahdanau et al. 2015 (attention)"},
      {.name = "slots",
       .group = Group::posterior,
       .title = "As many latents for every word",
       .expression = "",
       .use = "--latent-per-place 48 --slots 8",
       .cpp = "vaecollapse::PlacesEncoder, vaecollapse::PlacesHead, vaecollapse::AttendingDecoder",
       .what = "The same with K places for every word: each is found by a learnt query that "
               "attends to the encoder's outputs. The number of places then tells nothing of the "
               "source, and costs nothing.",
       .formula = "z_k of sum over s of softmax_s(q_k' W h_s) V h_s,  k = 1 .. K",
       .parameters = {{"slots", "places", "0: one for each symbol of the source and its end"}},
       .helps = "To see what the number of places is worth, and where a fixed size is wanted.",
       .hurts = "Long words have as many latents as short ones, and the decoder must learn which "
                "slot holds what.",
       .source = "Lee et al. 2019, \"Set Transformer\" (queries that are learnt)"},
  };
}

Explanation criterion_explanation() {
  return {.name = "criterion",
          .group = Group::training,
          .title = "By what the best epoch is chosen",
          .expression = "",
          .use = "--criterion \"iwnll(samples=50)\"",
          .cpp = "vaecollapse::DevAccuracy, DevElbo, DevImportanceWeightedNll, AnyCriterion",
          .what =
              "After each epoch the model is judged on dev. model.safetensors holds the weights of "
              "the epoch that is best by the criterion, and --patience counts epochs without a "
              "better one. accuracy: the share of first guesses that are right; where it is equal, "
              "the lower mean Levenshtein distance. elbo: the ELBO at weight 1, whatever the "
              "objective pays for the KL. iwnll(samples=20): the importance-weighted NLL, the "
              "lower the better. Accuracy is measured in any case.",
          .formula =
              "elbo  = -(NLL + KL)\n"
              "iwnll = mean over rows of -log mean over s of p(x, z_s) / q(z_s | x)",
          .parameters = {{"criterion", "", "accuracy, elbo or iwnll(samples=N)"}},
          .helps =
              "elbo and iwnll where the likelihood of words matters and not the guess; they differ "
              "from epoch to epoch where accuracy no longer does.",
          .hurts =
              "The ELBO is highest where the KL is not paid for by reconstruction: under an "
              "objective that keeps the rate up on purpose it prefers early epochs. iwnll costs a "
              "pass of the decoder over dev for each sample, after each epoch.",
          .source = "Burda, Grosse & Salakhutdinov 2016 (iwnll)"};
}

Explanation ema_explanation() {
  return {.name = "ema",
          .group = Group::training,
          .title = "An average of the weights",
          .expression = "",
          .use = "--ema 0.999",
          .cpp = "vaecollapse::ExponentialAverage",
          .what =
              "After every step the average moves a little towards the weights. The average is "
              "evaluated on dev, judged by --criterion and written to model.safetensors; training "
              "goes on from the weights themselves, and is what it is without an average. It is in "
              "checkpoints, and begins anew with each phase of a plan. Decays near 1 average over "
              "1 / (1 - decay) steps; the first steps are forgotten sooner.",
          .formula =
              "average += (1 - d_t) (weights - average),  d_t = min(decay, t / (t + 9)),  d_1 = 0",
          .parameters = {{"ema", "",
                          "the decay; 0, the default with one z: the weights of the last step"}},
          .helps =
              "Where the weights still move from step to step when they are evaluated: a "
              "learning rate that stays up, small batches, short runs.",
          .hurts =
              "A learning rate that falls to 0 evens the last steps out by itself, and early "
              "epochs look worse than they are, for the average lags behind.",
          .source = "Polyak & Juditsky 1992"};
}

Explanation label_smoothing_explanation() {
  return {.name = "label_smoothing",
          .group = Group::training,
          .title = "Targets that leave some probability to all symbols",
          .expression = "",
          .use = "--label-smoothing 0.1",
          .cpp = "vaecollapse::LabelSmoothing",
          .what =
              "In training, so much of each target's probability is spread evenly over all "
              "symbols, the right one among them. The NLL of training is then that of such "
              "targets. The NLL of dev, and all that is evaluated, is the true one.",
          .formula = "q(v) = (1 - E) [v = target] + E / V,  NLL = -sum_v q(v) log p(v)",
          .parameters = {{"label_smoothing", "", "E; 0: none"}},
          .helps =
              "A decoder that is less sure of itself may be searched better by a beam, and "
              "averaged better in an ensemble.",
          .hurts =
              "The true NLL, and with it the ELBO, gets worse: the decoder is told to expect "
              "symbols that never follow.",
          .source = "Szegedy et al. 2016"};
}

std::vector<Explanation> explanations() {
  std::vector<Explanation> all = decoder_explanations();
  for (Explanation& one : sequence_explanations()) all.push_back(std::move(one));
  all.push_back(criterion_explanation());
  all.push_back(ema_explanation());
  all.push_back(label_smoothing_explanation());
  return all;
}

}  // namespace

const kit::Handbook& handbook() {
  static const kit::Handbook book{
      .program = "reinflect",
      .explanations = kit::with_policies(explanations()),
      .compared = kit::read_methods(methods(), "all,compat"),
      .default_of_setting = [](std::string_view name) -> std::optional<std::string> {
        const Setting* setting = setting_table.find(name);
        if (setting == nullptr) return std::nullopt;
        return show(settings_of_usual_run(), *setting);
      }};
  return book;
}

int explain_command(const kit::ExplainArguments& arguments) {
  return kit::explain(handbook(), arguments);
}

}  // namespace reinflection

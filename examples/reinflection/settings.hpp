// Every option of a training run: a new option is a member and a row.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "also.hpp"
#include "compat.hpp"
#include "copies.hpp"
#include "kit/common_settings.hpp"
#include "kit/numbers.hpp"
#include "kit/settings.hpp"

namespace reinflection {

/// What decides how a model comes out, and where to. The defaults are one z, and known to work;
/// they are what a file means that lacks a key. A new run begins with `settings_by_latents`.
struct Settings {
  std::string compat = "none";
  std::string train;  ///< empty, with `dev`: the built-in corpus
  std::string dev;
  std::uint64_t task = 3;
  std::string format = "sigmorphon2016";
  std::string columns;        ///< empty: those of `format`
  std::string tag_separator;  ///< empty: that of `format`
  std::string normalise = "none";
  std::string out;
  std::string init_from;  ///< empty: the weights begin as random numbers
  std::string objective = "free_bits(groups=1,rate=90)";
  std::string dropout = "chars(0.3)";
  std::uint64_t epochs = 25;
  std::uint64_t batch = 64;
  std::uint64_t pool = 1;
  std::string copies = "words";
  std::uint64_t hallucinate = 0;
  std::string implied = "none";
  std::string also;   ///< empty: no other files
  std::string words;  ///< empty: none
  std::uint64_t embedding = 64;
  std::uint64_t encoder_hidden = 256;
  std::uint64_t decoder_hidden = 384;
  std::uint64_t latent = 128;
  std::uint64_t latent_per_place = 0;
  std::uint64_t slots = 0;
  std::uint64_t attention = 0;
  std::string cell = "gru";
  std::string decoder = "gru";
  std::string z_into = "h0,inputs";
  bool encoder_state_bypass = false;
  std::uint64_t tag_embedding = 0;
  std::string posterior = "gaussian";
  std::string prior = "gaussian";
  std::string head_transform = "none";
  std::string heads = "linear";
  std::string z_in_training = "sampled";
  std::string decoder_hears = "target";
  std::string optimiser = "adam";
  double learning_rate = 2e-3;
  std::uint64_t warmup = 200;
  double decay = 1;
  double clip = 1;
  double ema = 0;
  double label_smoothing = 0;
  std::uint64_t patience = 0;
  std::string criterion = "accuracy";
  std::uint64_t rollback = 0;
  std::uint64_t seed = 1;
  std::uint64_t threads = 0;
  std::uint64_t checkpoint_every = 0;
  bool tensorboard = false;

  bool is_built_in() const { return train.empty(); }
  /// z is a sequence, with a latent for each place.
  bool has_places() const { return latent_per_place > 0; }
  friend bool operator==(const Settings&, const Settings&) = default;
};

using Setting = kit::Setting<Settings>;

using Common = kit::CommonSettings<Settings>;

/// With all of it spread, nothing would be learnt.
inline constexpr double largest_smoothing = 0.99;
/// There are draws for no more at each place.
inline constexpr double most_per_place = 4096;
/// A slot costs as much as a symbol of the source.
inline constexpr double most_slots = 1024;

inline constexpr std::array<std::string_view, 2> format_names{"sigmorphon2016", "unimorph"};
inline constexpr std::array<std::string_view, 2> normal_form_names{"none", "nfc"};
inline constexpr std::array<std::string_view, 3> implied_names{"none", "sources", "words"};
inline constexpr std::array<std::string_view, 3> decoder_names{"gru", "historyless_a",
                                                               "historyless_b"};
inline constexpr std::array<std::string_view, 3> z_entries{"h0", "inputs", "output"};
inline constexpr std::array<std::string_view, 2> head_names{"linear", "relu"};
inline constexpr std::array<std::string_view, 2> z_names{"sampled", "mean"};
inline constexpr std::array<std::string_view, 2> heard_names{"target", "own"};

inline constexpr std::array setting_rows{
    // The first, so that every other option given beside it wins.
    Setting{"compat",
            "NAME",
            "akruti: settings that reproduce the published system, faults included; what they are "
            "is printed, and options given beside it win",
            &Settings::compat,
            0,
            0,
            Setting::Kept::in_model,
            {compat_names}},
    Setting{"train", "FILE",
            "training rows, - is standard input; without --train and --dev the built-in corpus",
            &Settings::train},
    Setting{"dev", "FILE", "rows that choose the best epoch", &Settings::dev},
    Setting{"task", "N",
            "columns of the rows: 1 (lemma, MSD, form), 2 (source MSD, source, MSD, form), "
            "3 (source, MSD, form)",
            &Settings::task, 1, 3},
    Setting{
        "format",
        "NAME",
        "of the rows: sigmorphon2016, the columns of --task with tags as pos=N,num=PL; unimorph, "
        "which is --columns source,target,tags --tag-separator ';' (UniMorph, SIGMORPHON 2017 to "
        "2022)",
        &Settings::format,
        0,
        0,
        Setting::Kept::in_model,
        {format_names}},
    Setting{
        "columns", "LIST",
        "source, target, tags and source_tags in their order in the rows, with commas between; - "
        "skips a column; wins over --format and --task",
        &Settings::columns},
    Setting{"tag_separator", "CHAR",
            "what stands between tags, as ; in V;PST; inside brackets it is part of a tag",
            &Settings::tag_separator},
    Setting{
        "normalise",
        "NAME",
        "nfc: words are composed as Unicode's NFC before anything else, those that the model is "
        "asked about, too; none: they are taken as they are written",
        &Settings::normalise,
        0,
        0,
        Setting::Kept::in_model,
        {normal_form_names}},
    Common::out,
    Setting{"init_from", "DIR",
            "begin with the weights of the run in this folder, or of a safetensors file, as far as "
            "names, shapes, symbols and tags fit",
            &Settings::init_from},
    Setting{"objective", "EXPR",
            "what is minimised, see below; with --latent 0 beside the places places(rate=11), with "
            "one z free_bits(groups=1,rate=90); one that is not of places asks for one z",
            &Settings::objective},
    Setting{"dropout", "EXPR", "what the decoder does not read in training, see below",
            &Settings::dropout},
    Common::epochs,
    Common::batch,
    Setting{"pool", "N",
            "batches whose rows are sorted by length together; 1 leaves words of all lengths in "
            "each batch, where a floor under the batch's rate gives long words more nats",
            &Settings::pool, 1, kit::largest_size},
    Setting{
        "copies",
        "LIST",
        "rows to copy beside those given: words, each target also as the source of itself; "
        "random:N, N random strings, different in each epoch, with the tag COPY; words,random:N, "
        "both, which teaches the copying of stems that were never seen; none. 1 and 0 stand "
        "for words and none. Without it N is at most the number of rows in --train, and with "
        "one z it is words",
        &Settings::copies,
        0,
        0,
        Setting::Kept::in_model,
        {{}, false, read_copies, copies_expected}},
    Setting{
        "hallucinate", "N",
        "rows made anew for each epoch, of rows of --train whose stems become random characters, "
        "in source and target the same",
        &Settings::hallucinate, 0, 1e7},
    Setting{
        "implied",
        "NAME",
        "rows that those of --train imply, at most as many in an epoch as there are in --train. "
        "sources: two rows of one source imply the way from the one's target to the other's. "
        "words: all forms that rows link, also through others, are of one word, and there is a way "
        "from each to each whose tags are known. none. Without it words, with one z none",
        &Settings::implied,
        0,
        0,
        Setting::Kept::in_model,
        {implied_names}},
    Setting{"also",
            "FILE:TASK",
            "also train on rows of task 1 or 2, in every direction whose tags are known (the "
            "standard track); may be given several times; a file that tells answers of --dev is "
            "refused",
            &Settings::also,
            0,
            0,
            Setting::Kept::in_model,
            {{}, true, read_also, also_expected}},
    Setting{"words", "FILE",
            "also train on these words, one a line, as copies with the tag COPY (the bonus track); "
            "a file that holds answers of --dev is refused",
            &Settings::words},
    Setting{"embedding", "N", "width of the embeddings of symbols and tags", &Settings::embedding,
            1, kit::largest_size},
    Setting{"encoder_hidden", "N", "width of the encoder, in each direction",
            &Settings::encoder_hidden, 1, kit::largest_size},
    Setting{"decoder_hidden", "N", "width of the decoder", &Settings::decoder_hidden, 1,
            kit::largest_size},
    Setting{"latent", "N",
            "dimensions of z, one for the whole word; with --latent-per-place of the z beside the "
            "places, where 0 leaves it out",
            &Settings::latent, 0, kit::largest_size},
    Setting{"latent_per_place", "D",
            "dimensions of a latent for each place of the source, each sampled, to which the "
            "decoder attends; 0: one z for the whole word and no more, which is the default beside "
            "options that only one z has and beside an --objective that is not of places; with "
            "--init-from that of its model",
            &Settings::latent_per_place, 0, most_per_place},
    Setting{"slots", "K",
            "so many places for every word, found by learnt queries, so that the number of places "
            "tells nothing of the source; 0: a place for each symbol of the source and for its "
            "end; only with --latent-per-place",
            &Settings::slots, 0, most_slots},
    Setting{"attention", "N", "width of attention over the tags; 0: their plain sum",
            &Settings::attention, 0, kit::largest_size},
    Common::cell,
    Setting{"decoder",
            "NAME",
            "gru: it reads the symbols before, whatever --cell is; historyless_a: it reads zeros "
            "in their place, in "
            "training and evaluation; historyless_b: it has no such input, and predicts all "
            "symbols of a word at once; a historyless one has nothing to drop",
            &Settings::decoder,
            0,
            0,
            Setting::Kept::in_model,
            {decoder_names}},
    Setting{"z_into",
            "LIST",
            "where z enters the decoder: h0 (its first state), inputs, output, or several; with "
            "--latent-per-place where the mean over the places does, which is h0, inputs or both",
            &Settings::z_into,
            0,
            0,
            Setting::Kept::in_model,
            {z_entries, true}},
    Setting{"encoder_state_bypass", "",
            "the decoder starts from the encoder's state in place of h0, and words need not pass "
            "through z: to reproduce systems that do so, and for nothing else; "
            "--decoder-hidden must be twice --encoder-hidden",
            &Settings::encoder_state_bypass},
    Setting{"tag_embedding", "N", "width of the embeddings of tags; 0: that of symbols",
            &Settings::tag_embedding, 0, kit::largest_size},
    Common::posterior,
    Common::prior,
    Common::head_transform,
    Setting{"heads",
            "NAME",
            "linear: mu and logvar of the posterior are what they are; relu: neither is negative, "
            "to reproduce systems that do so",
            &Settings::heads,
            0,
            0,
            Setting::Kept::in_model,
            {head_names}},
    Setting{"z_in_training",
            "NAME",
            "sampled: z is drawn from the posterior; mean: z = mu, to reproduce systems that do so",
            &Settings::z_in_training,
            0,
            0,
            Setting::Kept::in_model,
            {z_names}},
    Setting{"decoder_hears",
            "NAME",
            "target: in training the decoder reads the right symbols; own: it reads those that it "
            "finds likeliest, to reproduce systems that do so",
            &Settings::decoder_hears,
            0,
            0,
            Setting::Kept::in_model,
            {heard_names}},
    Setting{"optimiser", "EXPR",
            "what makes the steps, see below; with one z it is adam unless it is given",
            &Settings::optimiser},
    Common::learning_rate,
    Common::warmup,
    Common::decay,
    Common::clip,
    Setting{"ema", "DECAY",
            "evaluate and keep, in place of the last step's weights, their average over the steps, "
            "of which those before count for DECAY times as much after each step; 0: the last "
            "step's, the default with one z",
            &Settings::ema, 0, kit::largest_ema},
    Setting{"label_smoothing", "X",
            "in training so much of each target's probability is spread over all symbols, as 0.1; "
            "the NLL of training is then that of such targets, and dev's is not; 0: none",
            &Settings::label_smoothing, 0, largest_smoothing},
    Common::patience,
    Common::criterion,
    Common::rollback,
    Common::seed,
    Common::threads,
    Common::checkpoint_every,
    Common::tensorboard,
};

/// `compat`, when it has been set, sets others.
void apply_compat(Settings& settings, const Setting& changed);

inline constexpr kit::SettingTable<Settings> setting_table(setting_rows, apply_compat);

}  // namespace reinflection

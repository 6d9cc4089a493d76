// Every option of a training run: a new option is a member and a row.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "kit/common_settings.hpp"
#include "kit/numbers.hpp"
#include "kit/settings.hpp"

namespace text_vae {

/// What decides how a model comes out, and where to.
struct Settings {
  std::string train;  ///< empty, with `dev`: the built-in corpus
  std::string dev;
  std::string tokens = "words";
  bool lower = false;
  std::uint64_t longest = 0;
  std::uint64_t vocabulary = 0;
  std::uint64_t min_count = 1;
  std::uint64_t chunk = 0;
  std::string out;
  std::string objective = "free_bits(groups=1,rate=4)";
  std::string dropout = "none";
  double output_dropout = 0.2;
  std::uint64_t epochs = 15;
  std::uint64_t batch = 32;
  std::string batches = "mixed";
  std::uint64_t embedding = 256;
  std::uint64_t hidden = 256;
  std::uint64_t latent = 32;
  std::string cell = "gru";
  bool tied = false;
  std::string init = "usual";
  std::string posterior = "gaussian";
  std::string prior = "gaussian";
  std::string head_transform = "none";
  std::string optimiser = "adam";
  double learning_rate = 1e-3;
  std::uint64_t warmup = 200;
  double decay = 1;
  std::string plateau = "none";
  double clip = 5;
  double ema = 0;
  std::uint64_t patience = 0;
  std::string criterion = "elbo";
  std::uint64_t rollback = 0;
  std::uint64_t seed = 1;
  std::uint64_t threads = 0;
  std::uint64_t checkpoint_every = 0;
  bool tensorboard = false;

  bool is_built_in() const { return train.empty(); }
  /// There is no z: the model is the decoder alone.
  bool is_language_model() const { return latent == 0; }
  friend bool operator==(const Settings&, const Settings&) = default;
};

using Setting = kit::Setting<Settings>;
using Common = kit::CommonSettings<Settings>;

/// With all of them dropped, nothing would be learnt.
inline constexpr double largest_dropout = 0.99;
/// A line of a file has no more bytes than this.
inline constexpr double longest_sentence = 1048576;

inline constexpr std::array<std::string_view, 2> token_names{"words", "characters"};
inline constexpr std::array<std::string_view, 2> batch_names{"mixed", "equal"};
inline constexpr std::array<std::string_view, 2> init_names{"usual", "published"};

inline constexpr std::array setting_rows{
    Setting{"train", "FILE",
            "sentences to train on, one a line, - is standard input; without --train and --dev the "
            "built-in corpus",
            &Settings::train},
    Setting{"dev", "FILE", "sentences that choose the best epoch", &Settings::dev},
    Setting{"tokens",
            "NAME",
            "words: what stands between white space; characters: each by itself",
            &Settings::tokens,
            0,
            0,
            Setting::Kept::in_model,
            {token_names}},
    Setting{"lower", "", "capital letters become small ones", &Settings::lower},
    Setting{"longest", "N", "tokens of a sentence that count; those beyond are cut off; 0: none is",
            &Settings::longest, 0, longest_sentence},
    Setting{"vocabulary", "N",
            "the most frequent tokens of --train that the model knows; any other is <unk>; 0: all",
            &Settings::vocabulary, 0, 1e7},
    Setting{"min_count", "N", "times that a token must be there to be known", &Settings::min_count,
            1, 1e9},
    Setting{"chunk", "LINES",
            "keep so many sentences of --train in memory at a time, which are then shuffled among "
            "themselves alone; 0: all",
            &Settings::chunk, 0, 1e9},
    Common::out,
    Setting{"objective", "EXPR", "what is minimised, see below", &Settings::objective},
    Setting{"dropout", "EXPR", "what the decoder does not read in training, see below",
            &Settings::dropout},
    Setting{"output_dropout", "P",
            "in training each unit of the decoder's output is dropped with probability P, before "
            "the layer that predicts tokens; 0: none",
            &Settings::output_dropout, 0, largest_dropout},
    Common::epochs,
    Common::batch,
    Setting{"batches",
            "NAME",
            "mixed: sentences of all lengths in a batch; equal: of one length, as published models "
            "are trained",
            &Settings::batches,
            0,
            0,
            Setting::Kept::in_model,
            {batch_names}},
    Setting{"embedding", "N", "width of the embeddings of tokens", &Settings::embedding, 1,
            kit::largest_size},
    Setting{"hidden", "N", "width of the encoder and of the decoder", &Settings::hidden, 1,
            kit::largest_size},
    Setting{"latent", "N",
            "dimensions of z; 0: none, which makes a language model, the decoder alone",
            &Settings::latent, 0, kit::largest_size},
    Common::cell,
    Setting{"tied", "",
            "the layer that predicts tokens has the decoder's embeddings as its weights; "
            "--embedding must be --hidden",
            &Settings::tied},
    Setting{"init",
            "NAME",
            "how weights begin. usual: by the widths of their layers; published: as those of "
            "published sentence VAEs do, embeddings within 0.1 and others within 0.01, and neither "
            "the first state nor the output layer has biases",
            &Settings::init,
            0,
            0,
            Setting::Kept::in_model,
            {init_names}},
    Common::posterior,
    Common::prior,
    Common::head_transform,
    Common::optimiser,
    Common::learning_rate,
    Common::warmup,
    Common::decay,
    Setting{"plateau", "EXPR",
            "when the learning rate falls because no epoch was better, see below",
            &Settings::plateau},
    Common::clip,
    Setting{"ema", "DECAY",
            "evaluate and keep, in place of the last step's weights, their average over the steps, "
            "of which those before count for DECAY times as much after each step; 0: the last "
            "step's",
            &Settings::ema, 0, kit::largest_ema},
    Common::patience,
    Common::criterion,
    Common::rollback,
    Common::seed,
    Common::threads,
    Common::checkpoint_every,
    Common::tensorboard,
};

inline constexpr kit::SettingTable<Settings> setting_table(setting_rows);

}  // namespace text_vae

// Whether a latent variable is used, in words, and what usually helps.
#pragma once

#include <string_view>

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Whether the latent variable is used.
enum class Health {
  healthy,
  collapsed,
  encoder_lags,
  rate_unused,
  only_length_used,  ///< of a sequence of latents: its number of places is, and nothing else
  over_regularised,
  unknown
};

/// As users read it.
constexpr std::string_view name_of(Health health) {
  switch (health) {
    case Health::healthy:
      return "healthy";
    case Health::collapsed:
      return "collapsed";
    case Health::encoder_lags:
      return "encoder lags";
    case Health::rate_unused:
      return "rate committed but unused";
    case Health::only_length_used:
      return "only the length is used";
    case Health::over_regularised:
      return "over-regularised";
    case Health::unknown:
      return "not known";
  }
  return "";
}

namespace detail {

/// Advice for each health of z. Policies are written as the trainer takes them.
inline std::string_view advice_for(Health health) {
  switch (health) {
    case Health::healthy:
    case Health::unknown:
      return "";
    case Health::collapsed:
      return "hold the rate up (free_bits(rate=60), soft_free_bits(rate=60) or mdr(rate=60), with "
             "the rate that the rows need) and weaken the decoder (chars(0.3)); an annealed weight "
             "of the KL alone delays a collapse, and often only that";
    case Health::encoder_lags:
      return "let the encoder learn before the KL is paid for (anneal(linear,steps=5000), "
             "anneal(cyclical,steps=10000) or free_bits(rate=60)), and train for more epochs";
    case Health::rate_unused:
      return "weaken the decoder, so that it needs z (chars(0.3), or a decoder without history), "
             "take away any other way from the source to the decoder, and let z into every step; "
             "floors under each dimension are met by noise, so take one group "
             "(free_bits(groups=1,rate=60)) or mdr(rate=60)";
    case Health::only_length_used:
      return "hold the rate of z up (places(rate=11)) and weaken the decoder (chars(0.3)), so that "
             "it needs more of z than its length; with slots (--slots 16) the length tells nothing";
    case Health::over_regularised:
      return "lower the weight of the KL (elbo(0.5)), or replace it by a rate to aim at "
             "(free_bits(rate=60) or mdr(rate=60))";
  }
  return "";
}

/// The same where z is a sequence, for which the rate is one of its places.
inline std::string_view advice_for_sequence(Health health) {
  switch (health) {
    case Health::collapsed:
      return "hold the rate up (places(rate=11), with the nats a place that the rows need) and "
             "weaken the decoder (chars(0.3)); an annealed weight of the KL alone delays a "
             "collapse, and often only that";
    case Health::encoder_lags:
      return "let the encoder learn before the KL is paid for (anneal(linear,steps=5000) or "
             "places(rate=11)), and train for more epochs";
    case Health::rate_unused:
      return "weaken the decoder, so that it needs z (chars(0.3)), take away any other way from "
             "the source to the decoder, and let it attend to z before every symbol";
    case Health::over_regularised:
      return "lower the weight of the KL (elbo(0.5)), or replace it by a rate to aim at "
             "(places(rate=11))";
    default:
      return advice_for(health);
  }
}

/// The same where rows are sentences: a few nats of z are much there, and words are what a decoder
/// reads.
inline std::string_view advice_for_sentences(Health health) {
  switch (health) {
    case Health::collapsed:
      return "hold the rate up (free_bits(groups=1,rate=8), soft_free_bits(rate=8) or mdr(rate=8), "
             "a few nats a sentence) and weaken the decoder (words(0.3)); an annealed weight of "
             "the KL alone delays a collapse, and often only that";
    case Health::encoder_lags:
      return "let the encoder learn before the KL is paid for (anneal(linear,steps=5000), "
             "anneal(cyclical,steps=10000) or free_bits(groups=1,rate=8)), and train for more "
             "epochs";
    case Health::rate_unused:
      return "weaken the decoder, so that it needs z (words(0.3)), and let z into every step; "
             "floors under each dimension are met by noise, so take one group "
             "(free_bits(groups=1,rate=8)) or mdr(rate=8)";
    case Health::over_regularised:
      return "lower the weight of the KL (elbo(0.5)), or replace it by a rate to aim at "
             "(free_bits(groups=1,rate=8) or mdr(rate=8))";
    default:
      return advice_for(health);
  }
}

}  // namespace detail

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

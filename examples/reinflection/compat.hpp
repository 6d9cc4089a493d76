// `--compat`: settings that make the model what a published system is, faults included, so that
// what its faults cost can be measured. A list of settings, and no second model.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace reinflection {

/// One setting that a published system has otherwise, its value written out in full.
struct CompatSetting {
  std::string_view setting;
  std::string_view value;
  std::string_view about;
};

/// github.com/akashrajkn/akruti, the system of the study. Not among them, because no setting can
/// have them: its encoder reads the padding too, its masks stay on in tests, and its KL takes the
/// logarithm of the variance for that of the standard deviation.
inline constexpr std::array akruti_settings{
    CompatSetting{
        "objective", "per_entry(objective=free_bits(groups=1,rate=30,per=batch))",
        "HA bits with a floor of 0.2; NLL averaged over symbols, KL over dimensions, which "
        "hides a weight on the KL"},
    CompatSetting{"dropout", "batch_wide(dropout=chars(beta=0.4,to=zero))",
                  "one mask for the whole batch; what is dropped becomes the zero vector"},
    CompatSetting{"z_in_training", "mean", "z is never sampled"},
    CompatSetting{"encoder_state_bypass", "true", "the decoder starts from the encoder's state"},
    CompatSetting{"z_into", "inputs", "h_0 being the encoder's state"},
    CompatSetting{"heads", "relu", "neither mu nor logvar can be negative"},
    CompatSetting{"decoder_hears", "own", "the decoder reads its own likeliest symbols"},
    CompatSetting{"optimiser", "adadelta(rho=0.95,epsilon=1e-06)", "in place of Adam"},
    CompatSetting{"learning_rate", "0.1", "of Adadelta"},
    CompatSetting{"warmup", "0", "the learning rate is constant"},
    CompatSetting{"decay", "0", "the learning rate is constant"},
    CompatSetting{"clip", "120", "10 there, where the loss is of a symbol; 12 symbols a word"},
    CompatSetting{"copies", "none", "targets are not given as sources"},
    CompatSetting{"embedding", "300", "size"},
    CompatSetting{"tag_embedding", "200", "size"},
    CompatSetting{"encoder_hidden", "256", "size, in each direction"},
    CompatSetting{"decoder_hidden", "512", "size"},
    CompatSetting{"attention", "512", "size"},
    CompatSetting{"latent", "150", "size"},
};

inline constexpr std::array<std::string_view, 2> compat_names{"none", "akruti"};

/// The settings of a system; none for `none`.
inline std::span<const CompatSetting> compat_settings(std::string_view name) {
  if (name == "akruti") return akruti_settings;
  return {};
}

/// What the system has for one setting.
inline std::string_view compat_value(std::string_view name, std::string_view setting) {
  for (const CompatSetting& one : compat_settings(name)) {
    if (one.setting == setting) return one.value;
  }
  return {};
}

}  // namespace reinflection

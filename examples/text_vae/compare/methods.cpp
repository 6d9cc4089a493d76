#include "text_vae/compare/methods.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace text_vae {

namespace {

using kit::MethodPart;

/// Of the policies of the kit, those with these names.
std::vector<MethodPart> policies_named(std::initializer_list<std::string_view> names) {
  const std::vector<MethodPart> known = kit::policy_parts();
  std::vector<MethodPart> parts;
  for (const std::string_view name : names) {
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&](const MethodPart& part) { return part.name == name; });
    if (found != known.end()) parts.push_back(*found);
  }
  return parts;
}

std::vector<MethodPart> compared_parts() {
  std::vector<MethodPart> all{
      {"language_model", "the decoder alone, without z", {{"latent", "0"}}}};
  for (MethodPart& part : policies_named({"elbo", "linear", "cyclical", "free_bits"})) {
    all.push_back(std::move(part));
  }
  all.push_back({"free_bits_half",
                 "free bits, one group, of half the rate",
                 {{"objective", "free_bits(groups=1,rate={half})"}}});
  for (MethodPart& part : policies_named({"soft_free_bits", "mdr", "hinge"})) {
    all.push_back(std::move(part));
  }
  all.push_back({"word_dropout",
                 "the plain ELBO, and words that the decoder reads dropped, 0.4",
                 {{"dropout", "words({drop})", true}}});
  all.push_back({"batch_norm",
                 "the means of the posterior normalised over the batch (BN-VAE)",
                 {{"head_transform", "batch_norm"}}});
  return all;
}

}  // namespace

const kit::Methods& methods() {
  static const kit::Methods all{
      .program = "text_vae",
      .parts = compared_parts(),
      .others = policies_named({"exponential", "logistic", "ha_bits", "capacity"}),
      .lists = {},
      .keeps_dropout = true};
  return all;
}

Settings settings_of(std::string_view method, Settings base, const kit::MethodNumbers& numbers) {
  return kit::settings_of(methods(), setting_table, method, std::move(base), numbers);
}

}  // namespace text_vae

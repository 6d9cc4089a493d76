#include "compare/methods.hpp"

#include <string>
#include <utility>
#include <vector>

namespace reinflection {

namespace {

std::vector<kit::MethodPart> parts() {
  std::vector<kit::MethodPart> all = kit::policy_parts();
  all.push_back({"historyless_a", "the decoder reads no symbol", {{"decoder", "historyless_a"}}});
  all.push_back({"historyless_b",
                 "each character is predicted by itself from z and the tags",
                 {{"decoder", "historyless_b"}}});
  all.push_back({"lstm", "LSTMs in place of GRUs", {{"cell", "lstm"}}});
  all.push_back({"bag_of_characters",
                 "z must also tell the source's characters",
                 {{"objective", "bag_of_characters(1)", true}}});
  all.push_back({"mixture_prior", "a prior of several Gaussians", {{"prior", "mixture"}}});
  all.push_back({"von_mises_fisher", "directions whose rate kappa fixes", {{"posterior", "vmf"}}});
  all.push_back({"batch_norm",
                 "the means of the posterior normalised over the batch",
                 {{"head_transform", "batch_norm"}}});
  return all;
}

/// Not of `all`: the system of the study, faults and all.
kit::MethodPart compat_part() {
  // A method sets objective and dropout always, so these must be said again.
  return {"compat",
          "the published system's behaviour",
          {{"compat", "akruti"},
           {"objective", std::string(compat_value("akruti", "objective"))},
           {"dropout", std::string(compat_value("akruti", "dropout"))}}};
}

/// The table that the study meant to make.
constexpr std::string_view study =
    "elbo,linear,exponential,free_bits,soft_free_bits,ha_bits,mdr,elbo+embedding_dropout,"
    "mdr+character_dropout,mdr+contiguous_dropout,mdr+historyless_a,mdr+historyless_b,"
    "mdr+bag_of_characters,compat";

}  // namespace

const kit::Methods& methods() {
  static const kit::Methods all{.program = "reinflect",
                                .parts = parts(),
                                .others = {compat_part()},
                                .lists = {{"study", study}}};
  return all;
}

Settings settings_of(std::string_view method, Settings base, const kit::MethodNumbers& numbers) {
  return kit::settings_of(methods(), setting_table, method, std::move(base), numbers);
}

}  // namespace reinflection

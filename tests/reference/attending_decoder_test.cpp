// The attending decoder on a ragged batch, logits, weights and all gradients, against PyTorch.
#include "reference/attending_decoder.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/model/attending_decoder.hpp>
#include <vaecollapse/nn/lstm.hpp>

#include "reference/support.hpp"

namespace attending_reference {

namespace gru = vaecollapse::reference::attending_gru;
namespace lstm = vaecollapse::reference::attending_lstm;
namespace vc = vaecollapse;
using vc::Index;

/// What both cells store.
struct Stored {
  std::span<const double> z, d_z, logits, d_logits, weights;
  std::span<const int> places, input_counts, inputs, tag_counts, tag_ids;
};

std::vector<Index> counts(std::span<const int> stored, Index more = 0) {
  std::vector<Index> all(stored.begin(), stored.end());
  for (Index& count : all) count += more;
  return all;
}

constexpr vc::AttendingDecoderSizes sizes{.symbols = gru::symbols_size,
                                          .tags = gru::tags_size,
                                          .embedding = gru::embedding_size,
                                          .hidden = gru::hidden_size,
                                          .latent = gru::latent_size,
                                          .global = gru::global_size,
                                          .attention = gru::attention_size,
                                          .tag_embedding = gru::tag_size,
                                          .place_embedding = gru::place_size,
                                          .places = gru::places_size};

template <class Scalar, class Recurrent, class Parameter>
void check(const Stored& stored, std::span<const Parameter> of_decoder) {
  vc::Layout layout;
  const vc::AttendingDecoder<Recurrent> decoder(layout, "decoder", sizes);
  reference_test::StoredParameters<Scalar> parameters(layout);
  for (const Parameter& p : of_decoder) {
    const auto size = static_cast<std::size_t>(p.size);
    parameters.set(("decoder." + std::string(p.name)).c_str(), {p.values, size},
                   {p.gradients, size});
  }
  const vc::SequencePlan of_z(counts(stored.places, decoder.global_columns()));
  const vc::SequencePlan plan(counts(stored.input_counts));
  const std::vector<vc::Symbol> ids(stored.inputs.begin(), stored.inputs.end());
  const std::vector<vc::Symbol> tag_ids(stored.tag_ids.begin(), stored.tag_ids.end());
  std::vector<Index> first_tag{0};
  for (const int count : stored.tag_counts) first_tag.push_back(first_tag.back() + count);

  vc::Tape<Scalar> tape(parameters.parameters());
  const vc::Scope scope(tape);
  const auto z = tape.template make<2>(vc::Shape<2>{{sizes.latent, of_z.columns()}});
  reference_test::copy(stored.z, z.data());
  const vc::Conditions<Scalar, vc::Sequence<Scalar>> given{.z = {z, &of_z},
                                                           .tags = vc::TagSets(first_tag, tag_ids)};
  const auto logits = decoder(tape, given, vc::Symbols{&plan, ids}).columns;
  reference_test::check_value(logits, stored.logits);
  reference_test::copy(stored.d_logits, logits.gradient_data());
  tape.run_backward();
  reference_test::check_gradient(z, stored.d_z);
  parameters.check_gradients();

  vc::Workspace<Scalar> workspace(parameters.parameters());
  const vc::Scope of_workspace(workspace);
  const auto same = workspace.template make<2>(z.shape());
  std::copy_n(z.data(), z.size(), same.data());
  reference_test::check_value(decoder.attention(workspace, {.z = {same, &of_z}, .tags = given.tags},
                                                vc::Symbols{&plan, ids}),
                              stored.weights);
}

}  // namespace attending_reference

namespace ar = attending_reference;

TEST_CASE_TEMPLATE("the attending decoder is PyTorch's", Scalar, float, double) {
  ar::check<Scalar, vaecollapse::Gru>({ar::gru::z, ar::gru::d_z, ar::gru::logits, ar::gru::d_logits,
                                       ar::gru::weights, ar::gru::places, ar::gru::input_counts,
                                       ar::gru::inputs, ar::gru::tag_counts, ar::gru::tag_ids},
                                      std::span<const ar::gru::Parameter>(ar::gru::parameters));
  ar::check<Scalar, vaecollapse::Lstm>(
      {ar::lstm::z, ar::lstm::d_z, ar::lstm::logits, ar::lstm::d_logits, ar::lstm::weights,
       ar::lstm::places, ar::lstm::input_counts, ar::lstm::inputs, ar::lstm::tag_counts,
       ar::lstm::tag_ids},
      std::span<const ar::lstm::Parameter>(ar::lstm::parameters));
}

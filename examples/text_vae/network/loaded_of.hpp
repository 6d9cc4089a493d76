// `LoadedSentences` over a network of one kind. Includes the tape: for one source a kind.
#pragma once

#include "kit/network/loaded_of.hpp"
#include "text_vae/network/loaded.hpp"

namespace text_vae {

template <class Kind>
class LoadedSentencesOf final : public kit::LoadedNetworkOf<Kind, LoadedSentences> {
 public:
  using kit::LoadedNetworkOf<Kind, LoadedSentences>::LoadedNetworkOf;

  vaecollapse::SentenceFigures figures(const vaecollapse::text::Corpus& corpus,
                                       const vaecollapse::SentenceOptions& options) override {
    return vaecollapse::sentence_figures(this->evaluation(), corpus, options);
  }
};

}  // namespace text_vae

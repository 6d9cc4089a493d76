// A network with the weights of a model file, at work on sentences, with z or without.
#pragma once

#include <vaecollapse/evaluate/sentence_figures.hpp>
#include <vaecollapse/tasks/text/corpus.hpp>

#include "kit/network/loaded.hpp"
#include "text_vae/model_file.hpp"

namespace text_vae {

class LoadedSentences : public kit::LoadedNetwork<vaecollapse::text::Corpus> {
 public:
  virtual vaecollapse::SentenceFigures figures(const Corpus& corpus,
                                               const vaecollapse::SentenceOptions& options) = 0;
};

using ModelSource = kit::ModelSource<Description>;

}  // namespace text_vae

// The corpus of reinflection: examples as ids, with counts of the characters and tags that are
// unknown.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/tasks/reinflection/features.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection {

/// A corpus of examples that are encoded once. It counts what the model does not know.
class Corpus : public vaecollapse::Corpus {
 public:
  Corpus() = default;

  Corpus(std::span<const Example> examples, const Vocabulary& vocabulary,
         const Features& features) {
    for (const Example& example : examples) add(example, vocabulary, features);
  }

  /// Forgets all rows and counts but keeps the memory: a stream is encoded a piece at a time.
  void clear() {
    vaecollapse::Corpus::clear();
    unknown_characters_ = unknown_tags_ = unanswered_ = 0;
  }

  /// Its tags are those that the features know, rising. \throws Error as `vaecollapse::Corpus::add`
  void add(const Example& example, const Vocabulary& vocabulary, const Features& features) {
    const Index unknown_characters =
        encode(example.source, vocabulary, source_) + encode(example.target, vocabulary, target_);
    tags_.clear();
    const Index unknown_tags = features.encode(example.tags, tags_);
    vaecollapse::Corpus::add(source_, target_, tags_);
    unknown_characters_ += unknown_characters;
    unknown_tags_ += unknown_tags;
    if (!example.has_target) ++unanswered_;
  }

  /// How many characters, over all rows, are none of the vocabulary's.
  Index unknown_characters() const { return unknown_characters_; }
  /// How many tags, over all rows, were left out because the features do not know them.
  Index unknown_tags() const { return unknown_tags_; }
  /// How many rows have no answer.
  Index unanswered() const { return unanswered_; }

 private:
  /// Returns how many characters are unknown.
  static Index encode(std::u32string_view word, const Vocabulary& vocabulary,
                      std::vector<Symbol>& ids) {
    ids.clear();
    vocabulary.encode(word, ids);
    return Index(std::count(ids.begin(), ids.end(), Vocabulary::unknown));
  }

  std::vector<Symbol> source_, target_, tags_;  ///< of the row that is being added
  Index unknown_characters_ = 0;
  Index unknown_tags_ = 0;
  Index unanswered_ = 0;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection

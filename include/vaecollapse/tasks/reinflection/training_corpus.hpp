// The corpus of a training: the rows given, and rows that are made anew for each epoch.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>
#include <vaecollapse/tasks/reinflection/features.hpp>
#include <vaecollapse/tasks/reinflection/hallucination.hpp>
#include <vaecollapse/tasks/reinflection/random_strings.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection {

/// How many rows are made anew for each epoch.
struct FreshRows {
  Index random_strings = 0;  ///< each the source and the target of a row with the tag `copy_tag`
  Index hallucinated = 0;    ///< see `Hallucination`
  Index models = 0;          ///< the first rows, of which the hallucinated ones are made
  Index implied = 0;         ///< of those that the rows imply, others until all have had their turn

  Index count() const { return random_strings + hallucinated + implied; }
  bool has_copies() const { return random_strings > 0; }
  friend bool operator==(const FreshRows&, const FreshRows&) = default;
};

/// The tags that a training knows: those of its rows, and that of copies where there are some.
inline Features training_features(std::span<const Example> examples, const FreshRows& fresh) {
  Features features = Features::of(examples);
  if (!fresh.has_copies()) return features;
  std::vector<std::string> names = features.names();
  names.emplace_back(copy_tag);
  return Features(std::move(names), features.set_values());
}

/// Examples that stay, and after them rows that differ from epoch to epoch, drawn at addresses of
/// (seed, epoch, number of the row among its kind).
class TrainingCorpus : public Corpus {
 public:
  /// \param implied the rows of which an epoch takes `fresh.implied`
  /// \throws Error as `vaecollapse::Corpus::add`, and if there is nothing to make fresh rows of
  TrainingCorpus(std::span<const Example> examples, const Vocabulary& vocabulary,
                 const Features& features, FreshRows fresh, Seed seed,
                 std::span<const Example> implied = {})
      : Corpus(examples, vocabulary, features),
        vocabulary_(vocabulary),
        implied_(implied, vocabulary, features),
        fresh_(fresh),
        seed_(seed),
        constant_rows_(size()) {
    require_implied();
    if (fresh.has_copies()) require_copies(features);
    if (fresh.hallucinated > 0) require_models();
    begin_epoch(0);
  }

  /// The rows that are the same in each epoch: the first ones.
  Index constant_rows() const { return constant_rows_; }

  void begin_epoch(std::uint64_t epoch) {
    keep_first(constant_rows_);
    const Draws draws(seed_, epoch);
    for (Index i = 0; i < fresh_.random_strings; ++i) {
      draw_random_string(vocabulary_, draws, static_cast<Row>(i), string_);
      vaecollapse::Corpus::add(string_, string_, copy_tags_);
    }
    for (Index i = 0; i < fresh_.hallucinated; ++i) {
      hallucination_.draw(*this, vocabulary_, draws, static_cast<Row>(i), word_);
      const auto tags = this->tags(word_.model);
      tags_.assign(tags.begin(), tags.end());  // those of the corpus may move
      vaecollapse::Corpus::add(word_.source, word_.target, tags_);
    }
    add_implied(epoch);
  }

 private:
  /// The rows that follow, in their order and from the first again, those of the epoch before.
  void add_implied(std::uint64_t epoch) {
    const auto rows = static_cast<std::uint64_t>(implied_.size());
    const auto count = static_cast<std::uint64_t>(fresh_.implied);
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto row = static_cast<Row>((epoch % rows * count + i) % rows);
      vaecollapse::Corpus::add(implied_.source(row), implied_.target(row), implied_.tags(row));
    }
  }

  void require_implied() const {
    if (fresh_.implied >= 0 && fresh_.implied <= implied_.size()) return;
    detail::raise_error({"training corpus: an epoch takes ", fresh_.implied,
                         " implied rows, and there are ", implied_.size()});
  }

  void require_copies(const Features& features) {
    copy_tags_.assign(1, features.id(copy_tag));
    if (copy_tags_.front() == no_symbol) {
      detail::raise_error({"training corpus: the features lack the tag ", copy_tag,
                           ", which random strings have: see training_features"});
    }
    if (vocabulary_.characters().empty()) {
      detail::raise_error({"training corpus: the vocabulary has no characters to draw from"});
    }
  }

  void require_models() {
    if (fresh_.models > constant_rows_) {
      detail::raise_error({"training corpus: models are ", fresh_.models, ", the rows are ",
                           constant_rows_, ": there cannot be more models than rows"});
    }
    hallucination_ = Hallucination(*this, fresh_.models);
    if (hallucination_.models() > 0) return;
    detail::raise_error({"training corpus: in none of ", fresh_.models,
                         " rows do source and target share ", shortest_stretch,
                         " characters in a row: there is nothing to make hallucinated rows of"});
  }

  Vocabulary vocabulary_;
  Corpus implied_;
  FreshRows fresh_;
  Seed seed_;
  Index constant_rows_;
  std::vector<Symbol> copy_tags_;
  Hallucination hallucination_;
  std::vector<Symbol> string_, tags_;  ///< of the row that is being made
  Hallucination::Word word_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection

// The tokens that a model knows, words or characters, and their ids.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/token_table.hpp>
#include <vaecollapse/data/vocabulary.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// What a token is.
enum class TokenUnit {
  words,      ///< what stands between white space
  characters  ///< a code point
};

/// How often each token occurs. Its memory grows with the number of different tokens.
class TokenCounts {
 public:
  explicit TokenCounts(TokenUnit unit = TokenUnit::words) : unit_(unit) {}

  void add(std::string_view token, Index times = 1) {
    const Index number = types_.add(token);
    if (number == Index(counts_.size())) counts_.push_back(0);
    at(counts_, number) += times;
    total_ += times;
  }

  /// The different tokens, in the order in which they came.
  const TokenTable& types() const& { return types_; }
  TokenTable types() const&& { return types_; }
  /// How often type `number` occurs. \pre 0 <= number < types().size()
  Index count(Index number) const { return at(counts_, number); }
  Index count(std::string_view token) const {
    const Index number = types_.find(token);
    return number < 0 ? 0 : count(number);
  }
  /// Of all tokens together.
  Index total() const { return total_; }
  TokenUnit unit() const { return unit_; }

 private:
  TokenUnit unit_;
  TokenTable types_;
  std::vector<Index> counts_;
  Index total_ = 0;
};

/// Which tokens become part of a vocabulary.
struct TokenVocabularyOptions {
  Index size = 0;       ///< at most so many, the most frequent ones; 0: all
  Index min_count = 1;  ///< those that occur so often
};

/// Gives each token an id: first three symbols that are none, as those of `Vocabulary`, then the
/// tokens by falling count. Make it from training data only; a model file stores `tokens()` and
/// `unit()`. A text that holds the token `<unk>` means the symbol for unknown tokens by it.
class TokenVocabulary {
 public:
  static constexpr Symbol unknown = Vocabulary::unknown;  ///< any other token
  static constexpr Symbol start = Vocabulary::start;      ///< before the first token of a target
  static constexpr Symbol end = Vocabulary::end;          ///< after the last token
  static constexpr Symbol first_token = Vocabulary::first_character;
  /// How a text writes the symbol `unknown`.
  static constexpr std::string_view unknown_token = "<unk>";

  TokenVocabulary() = default;

  /// Knows these tokens, whose ids are in this order.
  /// \throws Error for an empty token, `<unk>`, and a token that comes twice
  explicit TokenVocabulary(std::span<const std::string> tokens, TokenUnit unit = TokenUnit::words)
      : unit_(unit) {
    for (const std::string& token : tokens) {
      if (token.empty()) raise(Error("token vocabulary: found an empty token, expected a text"));
      if (token == unknown_token) {
        detail::raise_error({"token vocabulary: found ", token,
                             " among the tokens: it stands for those that are none of them"});
      }
      add(token);
    }
  }

  /// Those of the most frequent tokens that the options let in; of tokens that are as frequent, the
  /// one with the lower bytes comes first, so that the order of rows does not matter.
  /// \throws Error for a negative size and for a least count below 1 \cost O(n log n)
  static TokenVocabulary of(const TokenCounts& counts, const TokenVocabularyOptions& options = {}) {
    if (options.size < 0 || options.min_count < 1) {
      detail::raise_error({"token vocabulary: size is ", options.size, " and min_count ",
                           options.min_count, ": expected 0 or more, and 1 or more"});
    }
    std::vector<Index> chosen;
    for (Index number = 0; number < counts.types().size(); ++number) {
      const bool is_token = counts.types()[number] != unknown_token;
      if (is_token && counts.count(number) >= options.min_count) chosen.push_back(number);
    }
    std::sort(chosen.begin(), chosen.end(), [&](Index a, Index b) {
      const Index of_a = counts.count(a), of_b = counts.count(b);
      return of_a != of_b ? of_a > of_b : counts.types()[a] < counts.types()[b];
    });
    if (options.size > 0 && Index(chosen.size()) > options.size) {
      chosen.resize(static_cast<std::size_t>(options.size));
    }
    TokenVocabulary vocabulary;
    vocabulary.unit_ = counts.unit();
    for (const Index number : chosen) vocabulary.add(counts.types()[number]);
    return vocabulary;
  }

  /// The number of ids, V: the tokens and the three special symbols.
  Index symbols() const { return first_token + tokens_.size(); }
  TokenUnit unit() const { return unit_; }
  /// The known tokens in order of their ids.
  std::vector<std::string> tokens() const {
    std::vector<std::string> tokens;
    for (Index number = 0; number < tokens_.size(); ++number) tokens.emplace_back(tokens_[number]);
    return tokens;
  }

  /// \cost O(its bytes)
  Symbol id(std::string_view token) const {
    const Index number = tokens_.find(token);
    return number < 0 ? unknown : first_token + static_cast<Symbol>(number);
  }
  bool contains(std::string_view token) const { return id(token) != unknown; }

  /// The token of an id, valid as long as the vocabulary; `<unk>`, `<s>` and `</s>` for the three
  /// special symbols. \throws Error for an id outside 0 .. symbols()
  std::string_view token(Symbol id) const& {
    if (id < 0 || id >= symbols()) {
      detail::raise_error({"token vocabulary: id is ", id, ": there are ", symbols(), " symbols"});
    }
    constexpr std::array<std::string_view, first_token> special{unknown_token, "<s>", "</s>"};
    return id < first_token ? at(special, id) : tokens_[id - first_token];
  }
  std::string_view token(Symbol) const&& = delete;  // give the vocabulary a name

  /// Appends the ids of the tokens, and of nothing else, to `ids`.
  void encode(std::span<const std::string_view> tokens, std::vector<Symbol>& ids) const {
    std::size_t next = ids.size();
    ids.resize(next + tokens.size());
    for (const std::string_view token : tokens) ids[next++] = id(token);
  }

  /// The text up to the first end symbol, words with a space between them; start symbols are left
  /// out, unknown tokens are `<unk>`. \throws Error for an id outside 0 .. symbols()
  std::string decode(std::span<const Symbol> ids) const {
    std::string text;
    for (const Symbol symbol : ids) {
      if (symbol == end) break;
      if (symbol == start) continue;
      if (unit_ == TokenUnit::words && !text.empty()) text.push_back(' ');
      text.append(token(symbol));
    }
    return text;
  }

  friend bool operator==(const TokenVocabulary&, const TokenVocabulary&) = default;

 private:
  void add(std::string_view token) {
    const Index before = tokens_.size();
    if (tokens_.add(token) == before) return;
    detail::raise_error({"token vocabulary: found ", token, " twice, expected each token once"});
  }

  TokenUnit unit_ = TokenUnit::words;
  TokenTable tokens_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

#include "kit/expression_syntax.hpp"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

#include <vaecollapse/metrics/edit_distance.hpp>

#include "kit/numbers.hpp"
#include "kit/small_letter.hpp"

namespace kit {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool begins_number(char c) { return is_digit(c) || c == '.' || c == '-'; }

/// UTF-8 bytes other than the first of a character take no column of their own.
bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }

std::string message(std::string_view expression, std::size_t place, std::string_view problem,
                    std::string_view known) {
  std::string text(problem);
  text += "\n  ";
  for (const char c : expression) text += is_space(c) ? ' ' : c;
  text += "\n  ";
  for (const char c : expression.substr(0, place)) {
    if (begins_character(c)) text += ' ';
  }
  text += '^';
  if (!known.empty()) text.append("\n").append(known);
  return text;
}

class Parser {
 public:
  Parser(std::string_view expression, std::string_view known) : text_(expression), known_(known) {}

  Term whole() {
    Term term = sum(0);
    skip_space();
    if (at_ < text_.size()) fail(at_, "expected '+' or the end, found " + found());
    return term;
  }

 private:
  // Deep enough for any composition, and far from the end of the stack.
  static constexpr int deepest = 32;

  Term sum(int depth) {
    Term first = term(depth);
    if (!take('+')) return first;
    Term all;
    all.kind = Term::Kind::sum;
    all.place = first.place;
    all.terms.push_back(std::move(first));
    do {
      all.terms.push_back(term(depth));
    } while (take('+'));
    return all;
  }

  Term term(int depth) {
    skip_space();
    if (depth > deepest) fail(at_, "the expression is nested too deeply");
    Term result;
    result.place = at_;
    if (at_ < text_.size() && begins_number(text_[at_])) {
      result.number = number();
      return result;
    }
    result.kind = Term::Kind::name;
    result.name = name();
    if (take('(')) {
      result.has_arguments = true;
      if (!take(')')) arguments(result, depth);
    }
    return result;
  }

  void arguments(Term& owner, int depth) {
    do {
      owner.arguments.push_back(argument(depth + 1));
    } while (take(','));
    if (!take(')')) fail(at_, "expected ',' or ')', found " + found());
  }

  Argument argument(int depth) {
    Argument result;
    skip_space();
    result.place = at_;
    const std::size_t begin = at_;
    if (at_ < text_.size() && begins_name(text_[at_])) {
      const std::string_view key = name();
      if (take('=')) {
        result.name = key;
      } else {
        at_ = begin;
      }
    }
    result.value = sum(depth);
    while (take(':')) result.options.push_back(option(depth));
    return result;
  }

  Argument option(int depth) {
    Argument result;
    skip_space();
    result.place = at_;
    result.name = name();
    if (!take('=')) fail(at_, "expected '=', found " + found());
    result.value = sum(depth);
    return result;
  }

  std::string_view name() {
    if (at_ >= text_.size() || !begins_name(text_[at_])) {
      vaecollapse::raise(ExpressionError(text_, at_, "expected a name, found " + found(), known_));
    }
    const std::size_t begin = at_;
    while (at_ < text_.size() && continues_name()) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  /// A dot does if a word follows it.
  bool continues_name() const {
    const char c = text_[at_];
    if (c == '.') return at_ + 1 < text_.size() && begins_name(text_[at_ + 1]);
    return begins_name(c) || is_digit(c);
  }

  double number() {
    double value = 0;
    const char* const begin = text_.data() + at_;
    const auto [end, problem] = from_chars(begin, text_.data() + text_.size(), value);
    if (problem == std::errc::result_out_of_range) fail(at_, "this number is out of range");
    // from_chars reads `-inf` too.
    if (problem != std::errc() || !(is_digit(end[-1]) || end[-1] == '.')) {
      fail(at_, "expected a number");
    }
    at_ += static_cast<std::size_t>(end - begin);
    return value;
  }

  /// Skips white space, and `expected` where it follows.
  bool take(char expected) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != expected) return false;
    ++at_;
    return true;
  }

  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  std::string found() const {
    if (at_ >= text_.size()) return "the end";
    std::size_t end = at_ + 1;
    while (end < text_.size() && !begins_character(text_[end])) ++end;
    return "'" + std::string(text_.substr(at_, end - at_)) + "'";
  }

  [[noreturn]] void fail(std::size_t place, std::string_view problem) const {
    vaecollapse::raise(ExpressionError(text_, place, problem));
  }

  std::string_view text_;
  std::string_view known_;
  std::size_t at_ = 0;
};

/// What a name was cut from; empty where that may be several, or where too little is left.
std::string_view only_name_that_begins(std::string_view begin,
                                       const std::vector<std::string_view>& known) {
  const auto begins = [&](std::string_view name) {
    return name.size() >= begin.size() &&
           std::equal(begin.begin(), begin.end(), name.begin(),
                      [](char a, char b) { return small_letter(a) == small_letter(b); });
  };
  if (begin.size() < 3 || std::count_if(known.begin(), known.end(), begins) != 1) return {};
  return *std::find_if(known.begin(), known.end(), begins);
}

}  // namespace

ExpressionError::ExpressionError(std::string_view expression, std::size_t place,
                                 std::string_view problem, std::string_view known)
    : Error(message(expression, place, problem, known)), place_(place) {}

Term parse_expression(std::string_view expression, std::string_view known) {
  return Parser(expression, known).whole();
}

std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& known) {
  vaecollapse::EditDistance distance;
  const auto wide = [](std::string_view text) {
    std::u32string letters;
    for (const char one : text) letters += static_cast<char32_t>(small_letter(one));
    return letters;
  };
  std::string_view nearest;
  auto best = static_cast<vaecollapse::Index>(std::max<std::size_t>(1, (name.size() + 1) / 3)) + 1;
  for (const std::string_view candidate : known) {
    const vaecollapse::Index edits = distance(wide(name), wide(candidate));
    if (edits < best) {
      best = edits;
      nearest = candidate;
    }
  }
  return nearest.empty() ? only_name_that_begins(name, known) : nearest;
}

}  // namespace kit

// What an exported model needs in order to be used: plain loops, for C++20 and nothing else. It is
// compiled here, and `reinflect export --cpp-header` copies everything from the next line on.
// Inflecting words with a model of vaecollapse (greedy search from z = mu), without the library.
#ifndef VAECOLLAPSE_EXPORTED_RUNTIME
#define VAECOLLAPSE_EXPORTED_RUNTIME

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vaecollapse_exported {

using Numbers = std::span<const float>;
using Vector = std::vector<float>;

/// y = W^T x + b. The weights of output o are weight[o * inputs] and those behind it.
struct Linear {
  Numbers weight, bias;
};

/// One direction of a GRU, with gates stacked r, u, n (PyTorch's r, z, n), or of an LSTM, with i,
/// f, g, o, whose state is [h; c].
struct Cell {
  Numbers input, recurrent, input_bias, recurrent_bias;
  bool is_lstm;
};

/// What a model with a latent for each place of the source has besides.
struct Places {
  Linear global_mu;  ///< of the z of the whole word; without weights where there is none
  Linear query, key;
  Numbers score;
  Linear readout;
};

/// A trained network with its vocabulary. Symbols are: unknown, start, end, then the characters.
struct Model {
  std::u32string_view characters;
  std::span<const std::string_view> tags;
  char tag_separator;
  bool tags_may_be_bare;                   ///< `N;PL`: round brackets may be nested in a tag, too
  bool sets_are_expanded;                  ///< `mood={IND/COND}` is two tags
  bool z_in_h0, z_in_inputs, z_in_output;  ///< where z, or the mean of places, enters the decoder
  std::size_t embedding;
  Numbers encoder_embedding;
  Cell encoder_forward, encoder_backward;
  Linear mu;
  Numbers decoder_embedding, tag_embedding;
  Linear initial;
  Cell decoder;
  Linear output;
  const Places* places = nullptr;  ///< none where there is one z
};

namespace detail {

inline constexpr std::size_t unknown = 0, start = 1, end = 2, first_character = 3;

/// W^T x + b, the parts of x lying one after the other.
inline Vector affine(const Linear& linear, std::initializer_list<Numbers> x) {
  Vector y(linear.bias.begin(), linear.bias.end());
  std::size_t at = 0;
  for (float& sum : y) {
    for (const Numbers part : x) {
      for (const float number : part) sum += linear.weight[at++] * number;
    }
  }
  return y;
}

/// Without an infinity on the way, which flags such as -ffast-math do not allow for.
inline float sigmoid(float x) { return 1 / (1 + std::exp(-std::max(x, -80.0F))); }

/// How many numbers a cell gives at each step, the first of its state.
inline std::size_t width(const Cell& cell) {
  return cell.recurrent_bias.size() / (cell.is_lstm ? 4 : 3);
}
inline Numbers output(const Cell& cell, const Vector& state) {
  return Numbers(state).first(width(cell));
}

inline void step(const Cell& cell, std::initializer_list<Numbers> x, Vector& state) {
  const Vector projected = affine({cell.input, cell.input_bias}, x);
  const Vector recurrent = affine({cell.recurrent, cell.recurrent_bias}, {output(cell, state)});
  const std::size_t size = width(cell);
  const auto gate = [&](std::size_t number, std::size_t i) {
    return projected[number * size + i] + recurrent[number * size + i];
  };
  for (std::size_t i = 0; i < size; ++i) {
    float& h = state[i];
    if (cell.is_lstm) {
      float& c = state[size + i];
      c = sigmoid(gate(1, i)) * c + sigmoid(gate(0, i)) * std::tanh(gate(2, i));
      h = sigmoid(gate(3, i)) * std::tanh(c);
    } else {
      const float r = sigmoid(gate(0, i)), u = sigmoid(gate(1, i));
      const float n = std::tanh(projected[2 * size + i] + r * recurrent[2 * size + i]);
      h = (1 - u) * n + u * h;
    }
  }
}

inline Numbers column(Numbers table, std::size_t width, std::size_t i) {
  return table.subspan(width * i, width);
}

/// A character of a text and the bytes that it takes.
struct Character {
  char32_t point;
  std::size_t bytes;
};

/// The character at the beginning of a UTF-8 text; no character, of one byte, if there is none.
inline Character first_character_of(std::string_view text) {
  constexpr Character none{0xFFFFFFFF, 1};
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const auto byte = [&](std::size_t i) { return char32_t{static_cast<unsigned char>(text[i])}; };
  const std::size_t bytes = byte(0) < 0x80 ? 1 : byte(0) < 0xE0 ? 2 : byte(0) < 0xF0 ? 3 : 4;
  if (bytes == 1) return {byte(0), 1};
  if (byte(0) < 0xC0 || byte(0) >= 0xF8 || text.size() < bytes) return none;
  char32_t point = byte(0) & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return none;
    point = point << 6 | (byte(i) & 0x3F);
  }
  return point < least[bytes] ? none : Character{point, bytes};
}

/// The symbols of a UTF-8 text; what is not UTF-8 is unknown.
inline std::vector<std::size_t> symbols(const Model& model, std::string_view text) {
  std::vector<std::size_t> ids;
  while (!text.empty()) {
    const Character one = first_character_of(text);
    const std::size_t place = model.characters.find(one.point);
    ids.push_back(place == model.characters.npos ? unknown : first_character + place);
    text.remove_prefix(one.bytes);
  }
  return ids;
}

inline void append_utf8(std::string& text, char32_t point) {
  const auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
  const auto put_rest = [&](int shift) { put(0x80 | ((point >> shift) & 0x3F)); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xC0 | point >> 6);
  } else if (point < 0x10000) {
    put(0xE0 | point >> 12);
    put_rest(6);
  } else {
    put(0xF0 | point >> 18);
    put_rest(12);
    put_rest(6);
  }
  put_rest(0);
}

/// The tags of an MSD as they are written: cut at separators outside brackets.
inline std::vector<std::string> written_tags(const Model& model, std::string_view msd) {
  std::vector<std::string> names(1);
  std::size_t depth = 0;
  for (const char one : msd) {
    if (one == '{' || (model.tags_may_be_bare && one == '(')) ++depth;
    if (depth > 0 && (one == '}' || (model.tags_may_be_bare && one == ')'))) --depth;
    if (one == model.tag_separator && depth == 0) {
      names.emplace_back();
    } else {
      names.back() += one;
    }
  }
  return names;
}

/// Puts a tag for each member in place of a set: `mood=IND` and `mood=COND` for `mood={IND/COND}`.
inline void expand_sets(std::vector<std::string>& names) {
  const std::size_t count = names.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = names[i];
    const std::size_t open = name.find('{');
    const bool is_set = name.find('}') == name.size() - 1 &&
                        (open == 0 || (open < name.size() && name[open - 1] == '='));
    if (!is_set) continue;
    names[i].resize(open);
    for (const char one : name.substr(open + 1)) {
      if (one == '/' || one == '}') {
        names.push_back(names[i]);
        names[i].resize(open);
      } else {
        names[i] += one;
      }
    }
  }
}

/// The sum of the embeddings of the tags in `pos=N,case=DAT`; those not known are left out.
inline Vector tag_sum(const Model& model, std::string_view msd) {
  std::vector<std::string> names = written_tags(model, msd);
  if (model.sets_are_expanded) expand_sets(names);
  Vector sum(model.embedding);
  for (std::size_t tag = 0; tag < model.tags.size(); ++tag) {
    if (std::find(names.begin(), names.end(), model.tags[tag]) == names.end()) continue;
    const Numbers of_tag = column(model.tag_embedding, model.embedding, tag);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += of_tag[i];
  }
  return sum;
}

/// What both directions of the encoder give at each symbol, the forward one above.
struct Encoded {
  std::vector<Vector> forward, backward;
};

inline Encoded run_encoder(const Model& model, const std::vector<std::size_t>& source) {
  const Cell &one = model.encoder_forward, &other = model.encoder_backward;
  const std::size_t size = source.size(), state = width(one) * (one.is_lstm ? 2 : 1);
  Encoded all{std::vector<Vector>(size), std::vector<Vector>(size)};
  const auto embedded = [&](std::size_t i) {
    return column(model.encoder_embedding, model.embedding, source[i]);
  };
  Vector forward(state), backward(state);
  for (std::size_t i = 0; i < size; ++i) {
    step(one, {embedded(i)}, forward);
    all.forward[i] = forward;
    step(other, {embedded(size - 1 - i)}, backward);
    all.backward[size - 1 - i] = backward;
  }
  return all;
}

/// The means of a word's latents.
struct Latents {
  Vector z;       ///< or the mean over the places
  Vector global;  ///< the z beside the places
  std::vector<Vector> places, keys;
};

inline Latents encode(const Model& model, std::vector<std::size_t> source) {
  Latents found;
  if (model.places != nullptr) source.push_back(end);
  const Encoded encoded = run_encoder(model, source);
  const Vector nothing(model.encoder_forward.recurrent_bias.size());
  const auto state = [&](const std::vector<Vector>& states, std::size_t i) {
    return output(model.encoder_forward, states.empty() ? nothing : states[i]);
  };
  const Numbers last = state(encoded.forward, source.size() - 1);
  const Numbers first = state(encoded.backward, 0);
  if (model.places == nullptr) {
    found.z = affine(model.mu, {last, first});
    return found;
  }
  found.global = affine(model.places->global_mu, {last, first});
  found.z.resize(model.mu.bias.size());
  for (std::size_t s = 0; s < source.size(); ++s) {
    found.places.push_back(
        affine(model.mu, {state(encoded.forward, s), state(encoded.backward, s)}));
    found.keys.push_back(affine(model.places->key, {found.places.back()}));
    for (std::size_t d = 0; d < found.z.size(); ++d) found.z[d] += found.places.back()[d];
  }
  for (float& mean : found.z) mean /= static_cast<float>(source.size());
  return found;
}

/// The mean of the places, weighed by attention.
inline Vector attend(const Places& model, const Latents& latents, Numbers h, const Vector& tags) {
  const Vector query = affine(model.query, {h, tags});
  Vector weights;
  for (const Vector& key : latents.keys) {
    float score = 0;
    for (std::size_t i = 0; i < key.size(); ++i) {
      score += model.score[i] * std::tanh(query[i] + key[i]);
    }
    weights.push_back(score);
  }
  const float greatest = *std::max_element(weights.begin(), weights.end());
  float total = 0;
  for (float& weight : weights) total += weight = std::exp(weight - greatest);
  Vector mean(latents.z.size());
  for (std::size_t s = 0; s < weights.size(); ++s) {
    for (std::size_t d = 0; d < mean.size(); ++d) {
      mean[d] += weights[s] / total * latents.places[s][d];
    }
  }
  return mean;
}

inline Vector logits(const Model& model, const Latents& latents, Numbers h, const Vector& tags) {
  if (model.places == nullptr) {
    return affine(model.output, {h, tags, model.z_in_output ? Numbers(latents.z) : Numbers()});
  }
  const Vector attended = attend(*model.places, latents, h, tags);
  Vector read = affine(model.places->readout, {h, attended, tags});
  for (float& number : read) number = std::tanh(number);
  return affine(model.output, {read});
}

}  // namespace detail

/// The form of `source` that `msd` asks for: inflect(model, "ev", "pos=N,case=DAT").
inline std::string inflect(const Model& model, std::string_view source, std::string_view msd) {
  const auto ids = detail::symbols(model, source);
  const detail::Latents latents = detail::encode(model, ids);
  const Vector tags = detail::tag_sum(model, msd);
  const Numbers to_h0 = model.z_in_h0 ? Numbers(latents.z) : Numbers();
  const Numbers to_inputs = model.z_in_inputs ? Numbers(latents.z) : Numbers();
  Vector state = detail::affine(model.initial, {to_h0, latents.global, tags});
  for (float& number : state) number = std::tanh(number);
  std::string word;
  std::size_t last = detail::start;
  for (std::size_t length = 0; length < 2 * ids.size() + 20; ++length) {
    const Numbers input = detail::column(model.decoder_embedding, model.embedding, last);
    detail::step(model.decoder, {input, tags, to_inputs, latents.global}, state);
    const Vector logits =
        detail::logits(model, latents, detail::output(model.decoder, state), tags);
    last = static_cast<std::size_t>(std::max_element(logits.begin() + detail::end, logits.end()) -
                                    logits.begin());
    if (last == detail::end) break;
    detail::append_utf8(word, model.characters[last - detail::first_character]);
  }
  return word;
}

}  // namespace vaecollapse_exported

#endif

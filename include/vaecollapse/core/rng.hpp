// Random numbers that are addressed, not consumed: Philox 4x32-10 at a counter made of logical
// indices, so that neither the order of work nor the number of threads changes a draw. The
// transforms are our own, because the standard library's differ between implementations.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/view.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The seed of a run: runs with equal seeds and settings draw the same numbers.
struct Seed {
  std::uint64_t value;
  constexpr explicit Seed(std::uint64_t number) : value(number) {}
};

/// The purpose of a draw. The numbers are frozen: changing one changes every result. Below 1000
/// they belong to the library, from 1000 to 65535 to its users: `Stream(1001)`.
enum class Stream : std::uint32_t {
  initial_weights = 1,
  latent = 2,
  batch_order = 3,
  character_dropout = 4,
  contiguous_dropout = 5,
  embedding_dropout = 7,
  permutation = 8,
  prior = 9,
  sampled_symbols = 10,
  lengths = 11,
  random_strings = 12,
  hallucinated_words = 13,
  output_dropout = 14,
  synthetic_language = 15,
  user = 1000,
};

/// Keeps training, evaluation and diagnosis from sharing draws. Frozen, like `Stream`.
enum class Pass : std::uint32_t { train = 0, evaluate = 1, diagnose = 2 };

/// Four random words: what one call of the generator gives.
using PhiloxBlock = std::array<std::uint32_t, 4>;

/// Philox 4x32 with 10 rounds: four words from a key and a counter.
/// \source Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"
constexpr PhiloxBlock philox(PhiloxBlock counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * counter[2];
    const auto high = [](std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); };
    const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
    counter = {high(b) ^ counter[1] ^ key[0], low(b), high(a) ^ counter[3] ^ key[1], low(a)};
    key = {key[0] + 0x9E3779B9u, key[1] + 0xBB67AE85u};
  }
  return counter;
}

/// A word as a number in the open interval (0, 1).
constexpr double uniform01(std::uint32_t word) {
  return (static_cast<double>(word) + 0.5) * 0x1p-32;
}

/// True with that probability, from one random word.
constexpr bool bernoulli(std::uint32_t word, double probability) {
  return uniform01(word) < probability;
}

namespace detail {

/// a * b + c, rounded once where the machine can.
inline double multiply_add(double a, double b, double c) {
#if defined(__FMA__) || defined(__aarch64__)
  return std::fma(a, b, c);
#else
  return a * b + c;
#endif
}

/// c[0] + c[1] x + c[2] x^2 + ...
template <std::size_t I = 0, std::size_t N>
VAECOLLAPSE_INLINE double polynomial(const std::array<double, N>& c, double x) {
  if constexpr (I + 1 == N) {
    return c[I];
  } else {
    return multiply_add(polynomial<I + 1>(c, x), x, c[I]);
  }
}

}  // namespace detail

/// The quantile of N(0, 1) at `uniform01(word)`, to about 1e-16: one word gives one draw, at most
/// 6.4 in size, and normal(~word) is exactly -normal(word). The last digits may differ between
/// compilers and maths libraries. \source Wichura 1988, algorithm
/// AS 241 (its branch for the farthest tail is never reached from 32 bits)
inline double normal(std::uint32_t word) {
  using C = std::array<double, 8>;
  constexpr C a{3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3,
                1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                3.3430575583588128105e+4, 2.5090809287301226727e+3};
  constexpr C b{1.0,
                4.2313330701600911252e+1,
                6.8718700749205790830e+2,
                5.3941960214247511077e+3,
                2.1213794301586595867e+4,
                3.9307895800092710610e+4,
                2.8729085735721942674e+4,
                5.2264952788528545610e+3};
  constexpr C c{1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                2.27238449892691845833e-2, 7.74545014278341407640e-4};
  constexpr C d{1.0,
                2.05319162663775882187e0,
                1.67638483018380384940e0,
                6.89767334985100004550e-1,
                1.48103976427480074590e-1,
                1.51986665636164571966e-2,
                5.47593808499534494600e-4,
                1.05075007164441684324e-9};
  const double p = uniform01(word);
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) {
    const double r = detail::multiply_add(-q, q, 0.180625);
    return q * detail::polynomial(a, r) / detail::polynomial(b, r);
  }
  const double r = std::sqrt(-std::log(q < 0 ? p : 1 - p)) - 1.6;
  const double tail = detail::polynomial(c, r) / detail::polynomial(d, r);
  return q < 0 ? -tail : tail;
}

/// A draw from Poisson(lambda) by inversion: the least k whose cumulative probability exceeds
/// `uniform`. \cost O(lambda) \throws Error unless 0 <= lambda <= 700
inline std::uint32_t poisson(double uniform, double lambda) {
  if (!is_within(lambda, 0, 700)) {
    detail::raise_error({"poisson: lambda is ", lambda, ": it must be in [0, 700]"});
  }
  double probability = std::exp(-lambda), cumulative = probability;
  std::uint32_t k = 0;
  while (uniform >= cumulative && probability > 0) {
    ++k;
    probability *= lambda / k;
    cumulative += probability;
  }
  return k;
}

/// The draws of one step of one pass. A draw's address is (seed; step and pass, stream, row, then
/// sample, position and unit): logical indices only, never places in memory. Every address has a
/// counter of its own; what does not fit is an error.
class Draws {
 public:
  static constexpr std::uint64_t steps = std::uint64_t{1} << 30;
  static constexpr std::uint64_t rows = std::uint64_t{1} << 32;
  static constexpr std::uint32_t streams = 1u << 16;
  static constexpr std::uint32_t samples = 1u << 13;
  static constexpr std::uint32_t positions = 1u << 25;
  static constexpr std::uint32_t unit_blocks = 1u << 20;
  static constexpr std::uint32_t units = 4 * unit_blocks;
  /// At positions from `far` on there are draws for the first `near_units` units only.
  static constexpr std::uint32_t far = 1u << 13;
  static constexpr std::uint32_t near_units = 1u << 12;

  /// \throws Error for a step of 2^30 or more, and for a pass that is none of `Pass`
  explicit Draws(Seed seed, std::uint64_t step, Pass pass = Pass::train)
      : key_{static_cast<std::uint32_t>(seed.value), static_cast<std::uint32_t>(seed.value >> 32)},
        step_(static_cast<std::uint32_t>(step)),
        pass_(static_cast<std::uint32_t>(pass)) {
    require(step < steps, "step", step, steps);
    require(pass_ < wide, "pass", pass_, wide);
  }
  explicit Draws(std::uint64_t seed, std::uint64_t step, Pass pass = Pass::train)
      : Draws(Seed{seed}, step, pass) {}

  Pass pass() const { return static_cast<Pass>(pass_); }

  /// Four random words: units 4 block .. 4 block + 3 of an address.
  /// \throws Error naming an index that is out of range
  PhiloxBlock bits(Stream stream, std::uint32_t row, std::uint32_t sample, std::uint32_t position,
                   std::uint32_t unit_block) const {
    return philox(counter(stream, row, sample, position, unit_block), key_);
  }

  /// The words of as many blocks as `out` has, from `first_block` on. Compilers make vectors of
  /// this: a block takes half as long as alone.
  void fill(Stream stream, std::uint32_t row, std::uint32_t sample, std::uint32_t position,
            std::uint32_t first_block, std::span<PhiloxBlock> out) const {
    if (out.empty()) return;
    const auto count = static_cast<std::uint32_t>(out.size());
    const PhiloxBlock first = counter(stream, row, sample, position, first_block);
    const PhiloxBlock last = counter(stream, row, sample, position, first_block + count - 1);
    if (first[0] != last[0]) {  // of two forms: the places are not consecutive
      for (std::uint32_t i = 0; i < count; ++i) {
        out[i] = bits(stream, row, sample, position, first_block + i);
      }
      return;
    }
    const auto key = key_;  // which no element of `out` can be
    for (std::uint32_t i = 0; i < count; ++i) {
      out[i] = philox({first[0], first[1], first[2], first[3] + i}, key);
    }
  }

  std::uint32_t word(Stream stream, std::uint32_t row, std::uint32_t sample, std::uint32_t position,
                     std::uint32_t unit) const {
    return bits(stream, row, sample, position, unit / 4)[unit % 4];
  }
  /// In the open interval (0, 1).
  double uniform(Stream stream, std::uint32_t row, std::uint32_t sample, std::uint32_t position,
                 std::uint32_t unit) const {
    return uniform01(word(stream, row, sample, position, unit));
  }

 private:
  /// The value of the pass's two bits that no pass has: it marks the wide form of a place.
  static constexpr std::uint32_t wide = 3;

  PhiloxBlock counter(Stream stream, std::uint32_t row, std::uint32_t sample,
                      std::uint32_t position, std::uint32_t unit_block) const {
    const auto id = static_cast<std::uint32_t>(stream);
    require(id < streams, "stream", id, streams);
    require(sample < samples, "sample", sample, samples);
    require(position < positions, "position", position, positions);
    const Place place = unit_block < near_units / 4 ? near_place(sample, position, unit_block)
                                                    : wide_place(sample, position, unit_block);
    return {step_ | place.pass << 30, id | place.high << 16, row, place.low};
  }

  /// Where in a row of a stream a block is: 48 bits below the pass's two. Of two places that differ
  /// in anything, the bits differ: no field of a form overlaps another, and `pass` tells the two
  /// forms apart.
  struct Place {
    std::uint32_t pass;
    std::uint32_t high;  ///< 16 bits
    std::uint32_t low;
  };

  /// Blocks below 2^10. high: the upper 16 bits of position; low: sample (13 bits), the lower 9
  /// bits of position and the block.
  Place near_place(std::uint32_t sample, std::uint32_t position, std::uint32_t block) const {
    return {pass_, position >> 9, sample << 19 | (position & 511) << 10 | block};
  }

  /// Blocks from 2^10 to 2^20, at positions below 2^13. high: the pass (2 bits), sample (13) and
  /// the highest bit of position; low: the other 12 and the block.
  Place wide_place(std::uint32_t sample, std::uint32_t position, std::uint32_t block) const {
    require(block < unit_blocks, "unit block", block, unit_blocks);
    if (position >= far) refuse_far(position, block);
    return {wide, pass_ << 14 | sample << 1 | position >> 12, (position & 4095) << 20 | block};
  }

  VAECOLLAPSE_INLINE static void require(bool holds, std::string_view name, std::uint64_t value,
                                         std::uint64_t limit) {
    if (!holds) refuse(name, value, limit);
  }

  [[noreturn]] __attribute__((noinline, cold)) static void refuse(std::string_view name,
                                                                  std::uint64_t value,
                                                                  std::uint64_t limit) {
    detail::raise_error({"draws: ", name, " is ", value, ": it must be below ", limit});
  }

  [[noreturn]] __attribute__((noinline, cold)) static void refuse_far(std::uint32_t position,
                                                                      std::uint32_t block) {
    detail::raise_error({"draws: position is ", position, " and unit block ", block,
                         ": one must be below ", far, " or the other below ", near_units / 4});
  }

  std::array<std::uint32_t, 2> key_;
  std::uint32_t step_;
  std::uint32_t pass_;
};

/// Standard normal draws: column j belongs to corpus row rows[j].
/// \shape out [units x rows] \cost 13 ns a draw
template <class Scalar>
void fill_normal(const Draws& draws, Stream stream, std::span<const std::uint32_t> rows,
                 std::uint32_t sample, View<Scalar> out) {
  VAECOLLAPSE_ASSERT(static_cast<Index>(rows.size()) == out.columns);
  for (Index j = 0; j < out.columns; ++j) {
    for (Index i = 0; i < out.rows; i += 4) {
      const auto words =
          draws.bits(stream, at(rows, j), sample, 0, static_cast<std::uint32_t>(i / 4));
      for (Index k = 0; k < 4 && i + k < out.rows; ++k) {
        out(i + k, j) = static_cast<Scalar>(normal(at(words, k)));
      }
    }
  }
}

namespace detail {

/// The words of item i of a list, of which there may be more than rows.
inline PhiloxBlock item_bits(const Draws& draws, Stream stream, std::uint64_t i,
                             std::uint32_t sample) {
  return draws.bits(stream, static_cast<std::uint32_t>(i), sample,
                    static_cast<std::uint32_t>(i >> 32), 0);
}

/// A number in 0 .. bound. The bias, below bound / 2^64, cannot be seen.
inline std::uint64_t below(const PhiloxBlock& words, std::uint64_t bound) {
  const std::uint64_t number = std::uint64_t{words[0]} << 32 | words[1];
  __extension__ using Wide = unsigned __int128;  // standard C++ has no such type
  return static_cast<std::uint64_t>(Wide{number} * Wide{bound} >> 64);
}

}  // namespace detail

/// Puts the items into a random order. `sample` tells several shuffles of one step apart, and so
/// does `first`, the number of the first item among those of all of them.
/// \cost one block of bits an item \source Fisher & Yates; Durstenfeld 1964
template <class T>
void shuffle(std::span<T> items, const Draws& draws, Stream stream, std::uint32_t sample = 0,
             std::uint64_t first = 0) {
  for (std::size_t i = items.size(); i > 1; --i) {
    const auto words = detail::item_bits(draws, stream, first + i - 1, sample);
    std::swap(items[i - 1], items[detail::below(words, i)]);
  }
}

/// Fills `items` with a random permutation of 0 .. n-1 that leaves no number in its place: one
/// cycle through all of them. For n = 1 there is none, and the one item stays.
/// \source Sattolo 1986
template <class T>
void derangement(const Draws& draws, Stream stream, std::span<T> items, std::uint32_t sample = 0) {
  for (std::size_t i = 0; i < items.size(); ++i) items[i] = static_cast<T>(i);
  for (std::size_t i = items.size(); i > 1; --i) {
    const auto words = detail::item_bits(draws, stream, i - 1, sample);
    std::swap(items[i - 1], items[detail::below(words, i - 1)]);
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

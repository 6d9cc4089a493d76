// The built-in corpus: Turkish nouns as rows of the SIGMORPHON 2016 shared task, the same in
// every build. Task 3 rows are `source<TAB>MSD<TAB>target`, where both are forms of one noun:
//
//     evlerden<TAB>pos=N,poss=PSS1P,case=ESS,num=SG<TAB>evimizde
//
// Each cell (noun, MSD) is the target of at most one row, so no row comes twice and no split
// asks for a cell that another split answers. Forms that two nouns share (`karın`: of `kar`, of
// `karı`, or `karın` itself) are left out: a source has one noun, and a noun of the unseen set
// shows nowhere else in any form.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/tasks/reinflection/msd.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>

#include "turkish/features.hpp"
#include "turkish/inflector.hpp"
#include "turkish/nouns.hpp"

namespace reinflection::turkish {

using vaecollapse::reinflection::Example;

/// How many rows each split has. The seed chooses rows; which nouns are unseen never changes.
struct CorpusOptions {
  std::size_t train = 9000;
  std::size_t dev = 900;
  std::size_t test = 900;
  std::size_t unseen = 900;
  std::uint64_t seed = 2016;
};

/// The four splits, as task 3 rows. `unseen` has nouns that the others lack.
struct Corpus {
  std::vector<Example> train;
  std::vector<Example> dev;
  std::vector<Example> test;
  std::vector<Example> unseen;
};

namespace detail {

/// Scrambles a number (the finaliser of SplitMix64): all randomness here is a hash of what is
/// being decided, so that nothing depends on an order of draws.
constexpr std::uint64_t scramble(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

inline std::uint64_t hash(std::u32string_view text) {
  std::uint64_t h = text.size();
  for (const char32_t letter : text) h = scramble(h ^ letter);
  return h;
}

/// Whether a noun is kept for the unseen set: by chance one in eight, as it fell 96 of the 647.
inline bool is_set_aside(const Noun& noun) { return hash(noun.stem) % 8 == 0; }

/// One cell of one noun, filled.
struct Entry {
  std::string msd;
  std::u32string form;
};

/// The filled cells of one noun.
struct Paradigm {
  Noun noun;
  std::vector<Entry> entries;
};

inline std::vector<Paradigm> fill_paradigms(const std::vector<Noun>& nouns) {
  const auto cells = nominal_cells();
  std::vector<Paradigm> paradigms;
  for (const Noun& noun : nouns) {
    paradigms.push_back({noun, {}});
    for (const Features& cell : cells) {
      paradigms.back().entries.push_back({write_features(cell), inflect(noun, cell)});
    }
  }
  return paradigms;
}

inline void drop_shared_forms(std::vector<Paradigm>& paradigms) {
  constexpr std::size_t several = static_cast<std::size_t>(-1);
  std::map<std::u32string, std::size_t> owner;
  for (std::size_t i = 0; i < paradigms.size(); ++i) {
    for (const Entry& entry : paradigms[i].entries) {
      const auto [place, is_new] = owner.emplace(entry.form, i);
      if (!is_new && place->second != i) place->second = several;
    }
  }
  for (Paradigm& paradigm : paradigms) {
    std::erase_if(paradigm.entries,
                  [&](const Entry& entry) { return owner.at(entry.form) == several; });
  }
}

/// Where a target stands, and the number that decides when its turn comes.
struct Slot {
  std::uint64_t turn;
  std::size_t paradigm;
  std::size_t entry;
  friend auto operator<=>(const Slot&, const Slot&) = default;
};

/// All cells of `paradigms`, shuffled. Turns hang on the noun itself and not on its place in the
/// table: a noun more leaves the others where they were.
inline std::vector<Slot> shuffled_slots(const std::vector<Paradigm>& paradigms,
                                        std::uint64_t seed) {
  std::vector<Slot> slots;
  for (std::size_t p = 0; p < paradigms.size(); ++p) {
    const std::uint64_t base = scramble(seed ^ hash(paradigms[p].noun.stem));
    for (std::size_t e = 0; e < paradigms[p].entries.size(); ++e) {
      slots.push_back({scramble(base + e), p, e});
    }
  }
  std::sort(slots.begin(), slots.end());
  return slots;
}

inline Example make_example(const std::u32string& source, const Entry& target) {
  Example row;
  row.source = source;
  row.msd = target.msd;
  row.tags = vaecollapse::reinflection::parse_msd(target.msd);
  row.target = target.form;
  row.has_target = true;
  return row;
}

/// The row that asks for a cell, from any other form of the noun.
inline Example ask_for(const Paradigm& paradigm, const Slot& slot) {
  const Entry& target = paradigm.entries[slot.entry];
  std::vector<const Entry*> sources;
  for (const Entry& entry : paradigm.entries) {
    if (entry.form != target.form) sources.push_back(&entry);
  }
  if (sources.empty()) vaecollapse::raise(vaecollapse::Error("a noun with a single form"));
  return make_example(sources[scramble(slot.turn) % sources.size()]->form, target);
}

/// Hands out rows in their shuffled order.
class RowSource {
 public:
  RowSource(std::vector<Paradigm> paradigms, std::uint64_t seed)
      : paradigms_(std::move(paradigms)), slots_(shuffled_slots(paradigms_, seed)) {}

  /// The next `count` rows. \throws Error if so many are not left
  std::vector<Example> take(std::size_t count) {
    if (count > slots_.size() - next_) {
      vaecollapse::raise(vaecollapse::Error("the built-in corpus: found a request for " +
                                            std::to_string(count) + " rows, expected at most " +
                                            std::to_string(slots_.size() - next_) + " there"));
    }
    std::vector<Example> rows;
    for (std::size_t i = 0; i < count; ++i) {
      const Slot& slot = slots_[next_++];
      rows.push_back(ask_for(paradigms_[slot.paradigm], slot));
      rows.back().line = static_cast<long>(i) + 1;
    }
    return rows;
  }

 private:
  std::vector<Paradigm> paradigms_;
  std::vector<Slot> slots_;
  std::size_t next_ = 0;
};

}  // namespace detail

/// The corpus of the built-in nouns. \throws Error if a split wants more rows than there are
/// (46,093 for the first three together, 8,018 for the unseen)
inline Corpus make_corpus(const CorpusOptions& options = {}) {
  auto seen = detail::fill_paradigms(everyday_nouns());
  detail::drop_shared_forms(seen);
  const auto boundary = std::stable_partition(
      seen.begin(), seen.end(),
      [](const detail::Paradigm& paradigm) { return !detail::is_set_aside(paradigm.noun); });
  std::vector<detail::Paradigm> aside(boundary, seen.end());
  seen.erase(boundary, seen.end());

  detail::RowSource rows(std::move(seen), options.seed);
  detail::RowSource unseen_rows(std::move(aside), options.seed);
  Corpus corpus;
  corpus.train = rows.take(options.train);
  corpus.dev = rows.take(options.dev);
  corpus.test = rows.take(options.test);
  corpus.unseen = unseen_rows.take(options.unseen);
  return corpus;
}

/// Every built-in noun in all its cells, as task 1 rows: headword, MSD, form.
inline std::vector<Example> all_paradigms() {
  std::vector<Example> rows;
  for (const detail::Paradigm& paradigm : detail::fill_paradigms(everyday_nouns())) {
    for (const detail::Entry& entry : paradigm.entries) {
      rows.push_back(detail::make_example(headword(paradigm.noun), entry));
      rows.back().line = static_cast<long>(rows.size());
    }
  }
  return rows;
}

/// Rows of task 1 or 3 as the text of a file.
inline std::string to_text(std::span<const Example> rows) {
  std::string text;
  for (const Example& row : rows) {
    text += vaecollapse::utf8::encode(row.source) + "\t" + row.msd + "\t" +
            vaecollapse::utf8::encode(row.target) + "\n";
  }
  return text;
}

}  // namespace reinflection::turkish

// The sentences of a file that may be larger than memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/sampler.hpp>
#include <vaecollapse/data/token_vocabulary.hpp>
#include <vaecollapse/tasks/text/corpus.hpp>
#include <vaecollapse/tasks/text/line_reader.hpp>
#include <vaecollapse/tasks/text/reading.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::text {

/// A corpus in chunks of so many sentences, in the order of the file, of which one is in memory:
/// `ChunkedRows`, from which a `ChunkSampler` makes batches. The file is read once when the corpus
/// is made, and once an epoch; it may not change.
class ChunkedCorpus : public Corpus {
 public:
  /// A corpus that is in memory, in chunks of so many sentences; 0: all of them are one chunk.
  /// \throws Error for a negative chunk
  explicit ChunkedCorpus(Corpus corpus, Index chunk = 0)
      : Corpus(std::move(corpus)), chunk_size_(chunk == 0 ? size() : chunk) {
    if (chunk != 0) require_chunk();
    begins_.resize(
        static_cast<std::size_t>(size() == 0 ? 0 : detail::batches_of(size(), chunk_size_)));
  }

  /// Reads the file, counts, and loads the first chunk.
  /// \throws InputError as `LineReader`, for a file without a sentence, and for what cannot be read
  /// twice, such as standard input; Error for a chunk below 1, and as `Corpus`
  ChunkedCorpus(const std::string& file, const Reading& reading, TokenVocabulary vocabulary,
                Index chunk)
      : chunk_size_(chunk),
        source_(std::make_unique<Source>(file, reading, std::move(vocabulary))) {
    require_chunk();
    source_->reader.go_to({});
    for (Begin next = here(); source_->next(); next = here()) {
      if (size() % chunk_size_ == 0) begins_.push_back(next);
      count(source_->ids);
    }
    if (size() == 0) raise(InputError(file, 0, "no sentence", "sentences, one a line"));
    set_truncated(source_->reader.left_out().truncated);
    left_out_ = source_->reader.left_out();
    load(0);
  }

  Index chunks() const { return Index(begins_.size()); }
  /// The number of rows before a chunk. \pre 0 <= chunk <= chunks()
  Index first_row(Index chunk) const { return std::min(chunk * chunk_size_, size()); }
  /// The chunk that is in memory.
  Index chunk() const { return chunk_; }

  /// Puts a chunk in the place of the one that is in memory. Asks for no memory if no chunk before
  /// was smaller. \throws InputError if the file has changed, and as `LineReader`
  /// \pre 0 <= chunk < chunks()
  void load(Index chunk) {
    if (source_ == nullptr) {  // all is in memory
      chunk_ = chunk;
      return;
    }
    const Begin& begin = at(begins_, chunk);
    source_->reader.go_to(begin.place);
    forget_stored(static_cast<Row>(first_row(chunk)));
    chunk_ = -1;  // until all has gone well
    Hash hash(begin.hash);
    for (Index row = first_row(chunk); row < first_row(chunk + 1) && source_->next(); ++row) {
      store(source_->ids);
      add_to(hash, source_->ids);
    }
    const Hash end = chunk + 1 < chunks() ? Hash(at(begins_, chunk + 1).hash) : this->hash();
    if (hash.value() != end.value()) {
      raise(InputError(source_->reader.file(), 0, "other sentences than before",
                       "a file that does not change while it is in use"));
    }
    chunk_ = chunk;
  }

  /// What reading the file has left out; nothing for a corpus that was in memory.
  const LeftOut& left_out() const { return left_out_; }

 private:
  /// Where a chunk begins.
  struct Begin {
    LinePlace place;
    std::uint64_t hash = 0;  ///< of the sentences before it
  };

  /// The open file, and its sentences as ids.
  struct Source {
    InputStream stream;
    LineReader reader;
    TokenVocabulary vocabulary;
    std::vector<Symbol> ids;

    Source(const std::string& file, const Reading& reading, TokenVocabulary known)
        : stream(file), reader(stream.get(), file, reading), vocabulary(std::move(known)) {}

    bool next() {
      ids.clear();
      if (!reader.next()) return false;
      vocabulary.encode(reader.tokens(), ids);
      return true;
    }
  };

  void require_chunk() const {
    if (chunk_size_ >= 1) return;
    detail::raise_error(
        {"chunked corpus: a chunk has ", chunk_size_, " sentences: it must have 1 at least"});
  }

  Begin here() const { return {source_->reader.place(), hash().value()}; }

  Index chunk_size_;
  std::unique_ptr<Source> source_;  ///< null: all is in memory
  std::vector<Begin> begins_;
  Index chunk_ = 0;
  LeftOut left_out_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::text

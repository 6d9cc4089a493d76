// The rows that a run trains on and is judged by.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>
#include <vaecollapse/tasks/reinflection/training_corpus.hpp>

#include "kit/inputs.hpp"
#include "model_file.hpp"
#include "row_format.hpp"
#include "settings.hpp"

namespace reinflection {

struct TrainingRows {
  std::vector<vaecollapse::reinflection::Example> train;
  std::vector<vaecollapse::reinflection::Example> dev;
  std::vector<vaecollapse::reinflection::Example> implied{};  ///< by `train`, and not in it
  vaecollapse::reinflection::FreshRows fresh{};               ///< beside `train`
  std::vector<std::string> origins{};  ///< of `train`, in its order: `150 rows given`

  /// The rows that an epoch goes through.
  std::uint64_t rows_of_epoch() const {
    return train.size() + static_cast<std::uint64_t>(fresh.count());
  }
};

/// How the rows of a file are read.
struct Reading {
  vaecollapse::reinflection::RowFormat format;
  bool nfc = false;  ///< words are normalised
};

/// The way of a run. \throws Error for settings that say none
Reading reading_of(const Settings& settings);
/// The same for rows that a model is asked about, where `given` says nothing else.
Reading reading_of(const Settings& settings, const GivenFormat& given);
/// The same for `--latent-data`.
Reading latent_reading_of(const Settings& settings, const GivenFormat& given);

/// \throws Error if one of --train and --dev is given without the other, or both are `-`
void check_files(const Settings& settings);

/// Reads --train and --dev, or makes the built-in corpus where neither is given, and settles
/// copies; notes to the standard error stream say what of the rows may cost accuracy.
/// \throws Error as `check_files`; InputError for what cannot be read
TrainingRows load_training_rows(Settings& settings);

/// All rows of a file; `-` is standard input. \throws InputError, which names the options that read
/// rows of another format, where these can be told
std::vector<vaecollapse::reinflection::Example> load_rows(const std::string& file,
                                                          const Reading& reading);

/// Rows with answers that a model is asked about; notes say what of them may cost accuracy.
/// \param model what the user calls it \throws InputError also for rows that do not match
std::vector<vaecollapse::reinflection::Example> load_data(const std::string& file,
                                                          const Reading& reading,
                                                          const Description& description,
                                                          const std::string& model);

/// Adds what the rows say, and how many there are.
void add_rows(vaecollapse::Hash& hash, const std::vector<vaecollapse::reinflection::Example>& rows);

/// A file whose tags the model has never seen is one of another language, or in other tags.
/// \throws InputError for rows of which none has a tag that the model knows, if it knows any
void check_match(const std::string& file,
                 const std::vector<vaecollapse::reinflection::Example>& rows,
                 const Description& description, const std::string& model);

/// Reads the rows of a stream one at a time.
class RowStream {
 public:
  RowStream(std::FILE* stream, std::string file, const Reading& reading,
            vaecollapse::reinflection::Answers answers)
      : reader_(stream, std::move(file), reading.format, answers), reading_(reading) {}

  /// \throws InputError as `load_rows`
  bool next(vaecollapse::reinflection::Example& row);
  /// The number and the text of the line read last.
  long line() const { return reader_.line(); }
  std::string_view text() const { return reader_.text(); }

 private:
  vaecollapse::reinflection::RowReader reader_;
  Reading reading_;
  bool has_read_ = false;
};

/// A word as rows would have it that are read so.
std::u32string normalised(std::u32string word, bool nfc);

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};
using InputFile = std::unique_ptr<std::FILE, CloseFile>;

/// Opens a file of rows; `-` is standard input. \throws InputError
InputFile open_rows(const std::string& path,
                    std::string_view expected = "rows, or - for standard input");

}  // namespace reinflection

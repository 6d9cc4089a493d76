#include "text_vae/corpus_command.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/io/file.hpp>

#include "kit/counted.hpp"
#include "kit/standard_output.hpp"
#include "kit/written_files.hpp"

namespace text_vae {

namespace {

using vaecollapse::text::Lines;

void write_lines(const std::filesystem::path& file, const Lines& lines) {
  std::string text;
  for (vaecollapse::Index i = 0; i < lines.size(); ++i) {
    const char* separator = "";
    for (const std::string_view token : lines[i]) {
      text.append(separator).append(token);
      separator = " ";
    }
    text += '\n';
  }
  vaecollapse::write_file(file, text);
  kit::print(file.string() + ": " +
             kit::counted(static_cast<std::uint64_t>(lines.size()), "sentence") + "\n");
}

}  // namespace

int corpus_command(const CorpusArguments& arguments) {
  const std::filesystem::path folder = arguments.out;
  const std::array<const char*, 3> names{"train.txt", "dev.txt", "test.txt"};
  for (const char* name : names) kit::refuse_to_replace(folder / name, arguments.overwrite);
  const BuiltInCorpus corpus = make_built_in(arguments.sizes);
  vaecollapse::make_folder(folder);
  const std::array<const Lines*, 3> parts{&corpus.train, &corpus.dev, &corpus.test};
  for (std::size_t i = 0; i < names.size(); ++i) write_lines(folder / names[i], *parts[i]);
  return 0;
}

}  // namespace text_vae

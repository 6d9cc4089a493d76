#include "kit/compare/planned_run.hpp"

#include <system_error>
#include <utility>

#include <vaecollapse/io/file.hpp>
#include <vaecollapse/version.hpp>

namespace kit {

namespace {

using vaecollapse::Hash;

std::string hash_of_program() {
  const std::filesystem::path link = "/proc/self/exe";
  std::error_code unknown;
  if (!std::filesystem::exists(link, unknown)) return "";
  Hash hash;
  hash.add(vaecollapse::read_text_file(link));
  return to_string(hash);
}

}  // namespace

DataHashes::DataHashes(const AddTo& add_rows, const AddTo& add_scoring) {
  Hash of_rows;
  of_rows.add(VAECOLLAPSE_VERSION_STRING);
  add_rows(of_rows);
  rows = of_rows.value();
  Hash of_scoring;
  add_scoring(of_scoring);
  scoring = to_string(of_scoring);
  program = hash_of_program();
}

PlannedRun plan_run(const std::filesystem::path& out, std::string_view method, std::uint64_t seed,
                    std::string_view settings, const DataHashes& hashes) {
  Hash hash(hashes.rows);
  hash.add(settings);
  const std::string name = std::string(method) + "-" + std::to_string(seed) + "-" + to_string(hash);
  return {std::string(method), seed, out / "runs" / name, hashes.scoring, hashes.program};
}

}  // namespace kit

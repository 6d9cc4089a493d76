#include "kit/compare/make_runs.hpp"

#include "kit/counted.hpp"

namespace kit {

void note_other_builds(std::string_view program, std::size_t others, std::size_t runs,
                       const std::filesystem::path& out) {
  if (others == 0) return;
  std::fprintf(stderr,
               "note: another build of %s trained %zu of %s; a run without its folder in %s is "
               "trained anew\n",
               std::string(program).c_str(), others, counted(runs, "run").c_str(),
               (out / "runs").c_str());
}

void note_stop(int signal, std::size_t done, std::size_t runs) {
  std::fprintf(stderr, "stopped by %s with %zu of %s done; the same command goes on\n",
               vaecollapse::signal_name(signal), done, counted(runs, "run").c_str());
}

}  // namespace kit

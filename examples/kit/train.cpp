#include "kit/train.hpp"

#include <cstdio>
#include <optional>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/runs/stop_signals.hpp>

#include "kit/standard_output.hpp"

namespace kit {

namespace {

using vaecollapse::Error;
using vaecollapse::InputError;
using vaecollapse::raise;

/// `a, b and c`.
std::string enumerated(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  }
  return text;
}

}  // namespace

std::string detail::config_to_resume(std::string_view program, const std::string& folder) {
  std::string config = vaecollapse::RunFolder(folder).config().string();
  std::error_code unknown;
  if (!std::filesystem::exists(config, unknown)) {
    raise(InputError(folder, 0, "no config.json",
                     "a folder in which " + std::string(program) + " train has begun"));
  }
  return config;
}

void detail::refuse_other_run(const std::string& option, const std::string& given,
                              const std::string& begun, const std::string& folder,
                              const std::vector<std::string>& free) {
  raise(Error(option + ": found '" + given + "', expected '" + begun + "', with which the run in " +
              folder + " began; --resume may change only " + enumerated(free)));
}

void check_folder(const TrainArguments& arguments, const vaecollapse::RunFolder& folder) {
  std::error_code unknown;
  const bool goes_on = arguments.is_resumed() &&
                       std::filesystem::equivalent(arguments.resume, folder.path(), unknown);
  if (goes_on && arguments.overwrite) {
    raise(Error("--overwrite: found with --resume, which keeps what is in " + arguments.resume +
                ", expected one of them, or another folder as --out"));
  }
  if (goes_on) return;
  const std::optional<std::string> earlier = folder.earlier_run();
  if (earlier && !arguments.overwrite) {
    raise(InputError(folder.path().string(), 0, "an earlier run (" + *earlier + ")",
                     "a folder without one; --overwrite replaces it"));
  }
}

int end_training(std::string_view program, const vaecollapse::SessionResult& result,
                 const std::string& kept, const vaecollapse::RunFolder& folder) {
  using End = vaecollapse::SessionResult::End;
  const int signal = vaecollapse::stop_signal();
  if (result.end == End::stopped) {
    std::fprintf(stderr, "stopped by %s after step %llu; to go on: %s train --resume %s\n",
                 vaecollapse::signal_name(signal), static_cast<unsigned long long>(result.step),
                 std::string(program).c_str(), folder.path().c_str());
  } else {
    print((result.end == End::finished_before ? "finished before: " : "") + kept + ", written to " +
          folder.path().string() + "\n");
  }
  return signal == 0 ? 0 : vaecollapse::signal_exit_status(signal);
}

}  // namespace kit

// Disks that are full or may only be read: the run ends with the reason, and what was saved before
// can be gone on with.
#include <filesystem>
#include <string>
#include <unistd.h>

#include <doctest/doctest.h>

#include "smoke/faults.hpp"

using namespace reinflection::test;

namespace {

/// Something that is mounted on a folder while it lives, if this user may mount.
class Mount {
 public:
  Mount(const Workbench& bench, const std::string& folder, const Arguments& how)
      : folder_(folder), scratch_(bench.file("")) {
    std::filesystem::create_directories(folder);
    is_there_ = ::geteuid() == 0 && run(Arguments{"mount"} + how + Arguments{folder}) == 0;
  }
  ~Mount() {
    if (is_there_) run({"umount", folder_});
  }
  Mount(const Mount&) = delete;
  Mount& operator=(const Mount&) = delete;

  bool is_there() const {
    if (!is_there_) MESSAGE("left out: mounting is not permitted here");
    return is_there_;
  }
  bool change(const Arguments& how) const {
    return run(Arguments{"mount"} + how + Arguments{folder_}) == 0;
  }

 private:
  int run(const Arguments& command) const { return run_command(command, scratch_).status; }

  std::string folder_, scratch_;
  bool is_there_ = false;
};

const Arguments frequent{"--epochs", "6", "--checkpoint-every", "2"};

}  // namespace

TEST_CASE("a full disk ends the run, and it can be gone on with elsewhere") {
  const Workbench bench;
  const std::string straight = bench.train("straight", frequent);
  // Room for two checkpoints of 113 kB, but not for the third before the first is removed.
  const Mount disk(bench, bench.file("disk"), {"-t", "tmpfs", "-o", "size=280k", "tmpfs"});
  if (!disk.is_there()) return;
  const std::string folder = bench.file("disk/model");
  const Outcome done = bench.run(bench.tiny() + frequent + Arguments{"--out", folder});
  CHECK(done.status == 2);
  CHECK(lines(done.err).back() ==
        folder + "/checkpoint-6.safetensors: cannot be written: No space left on device");
  CHECK(bench.contents("disk/model").size() == 3);  // two checkpoints and config.json
  for (const auto& path : vaecollapse::checkpoints_in(folder)) {
    CHECK_NOTHROW(vaecollapse::read_checkpoint(path));
  }
  const Outcome full = bench.run({"train", "--resume", folder});
  CHECK(full.status == 2);
  CHECK(lines(full.err).back().ends_with("cannot be written: No space left on device"));

  const Outcome moved = bench.run({"train", "--resume", folder, "--out", bench.file("moved")});
  REQUIRE_MESSAGE(moved.status == 0, moved.err);
  check_same(straight, bench.file("moved"));
  REQUIRE(disk.change({"-o", "remount,size=1m"}));
  const Outcome larger = bench.run({"train", "--resume", folder});
  REQUIRE_MESSAGE(larger.status == 0, larger.err);
  check_same(straight, folder);
}

TEST_CASE("a file that may not grow ends the run like a full disk") {
  const Workbench bench;
  // The limit, of some ten kB, holds for what the shell becomes; the signal would end it unheard.
  const Outcome done =
      run_command(Arguments{"sh", "-c", "trap '' XFSZ; ulimit -f 40; exec \"$@\"", "sh",
                            from_environment("VAECOLLAPSE_BIN") + "/reinflect"} +
                      bench.tiny() + Arguments{"--out", bench.file("model")},
                  bench.file(""));
  CHECK(done.status == 2);
  CHECK(lines(done.err).back() ==
        bench.file("model/checkpoint-10.safetensors") + ": cannot be written: File too large");
  CHECK(bench.contents("model").size() == 1);  // config.json
  const Outcome rest = bench.run({"train", "--resume", bench.file("model")});
  REQUIRE_MESSAGE(rest.status == 0, rest.err);
  check_same(bench.train("straight"), bench.file("model"));
}

TEST_CASE("a folder that may only be read is gone on with elsewhere") {
  const Workbench bench;
  const std::string straight = bench.train("straight", frequent);
  const Mount disk(bench, bench.file("disk"), {"-t", "tmpfs", "-o", "size=4m", "tmpfs"});
  if (!disk.is_there()) return;
  const std::string begun = bench.file("disk/begun"), ended = bench.file("disk/ended");
  std::filesystem::copy(straight, ended, std::filesystem::copy_options::recursive);
  std::filesystem::copy(straight, begun, std::filesystem::copy_options::recursive);
  std::filesystem::remove(*vaecollapse::latest_checkpoint(begun));
  REQUIRE(disk.change({"-o", "remount,ro"}));
  const auto before = bench.contents("disk");

  const Outcome fresh = bench.run(bench.tiny() + Arguments{"--out", bench.file("disk/new")});
  CHECK(fresh.status == 2);
  CHECK(lines(fresh.err).back() ==
        bench.file("disk/new") + ": cannot be made: Read-only file system");
  const Outcome over = bench.run(bench.tiny() + Arguments{"--out", begun, "--overwrite"});
  CHECK(over.status == 2);
  CHECK(lines(over.err).back() == begun + "/config.json: cannot be written: Read-only file system");
  const Outcome stuck = bench.run({"train", "--resume", begun});
  CHECK(stuck.status == 2);
  CHECK(lines(stuck.err).back().ends_with("cannot be written: Read-only file system"));
  const Outcome finished = bench.run({"train", "--resume", ended});
  CHECK_MESSAGE(finished.status == 0, finished.err);
  CHECK(bench.contents("disk") == before);

  const Outcome moved = bench.run({"train", "--resume", begun, "--out", bench.file("moved")});
  REQUIRE_MESSAGE(moved.status == 0, moved.err);
  check_same(straight, bench.file("moved"));
}

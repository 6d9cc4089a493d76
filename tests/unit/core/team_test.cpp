#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>

namespace vc = vaecollapse;

namespace {

/// Whether both shares of a team of two run at once: each calls `begin` and waits for the other,
/// but not for ever, as the caller may have to run both.
template <class Begin>
bool shares_meet(vc::Team& team, Begin&& begin) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::atomic<int> begun = 0;
  std::atomic<bool> alone = false;
  team.split(2, [&](vc::Index first, vc::Index) {
    begin(first);
    ++begun;
    while (begun != 2 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    if (begun != 2) alone = true;
  });
  return !alone;
}

bool shares_meet(vc::Team& team) {
  return shares_meet(team, [](vc::Index) {});
}

}  // namespace

TEST_CASE("Team: no team has fewer than no threads") {
  CHECK_THROWS_WITH_AS(vc::Team(-3),
                       "Team: threads is -3: it must be at least 0, which is one for each core",
                       vc::Error);
  CHECK(vc::Team(0).size() >= 1);
}

TEST_CASE("Team: ranges cover every tile exactly once") {
  for (const int threads : {1, 2, 3}) {
    vc::Team team(threads);
    CHECK(team.size() == threads);
    for (vc::Index tiles = 0; tiles < 20; ++tiles) {
      std::vector<std::atomic<int>> visits(static_cast<std::size_t>(tiles));
      std::atomic<int> ranges = 0;
      team.split(tiles, [&](vc::Index first, vc::Index last) {
        ++ranges;
        for (vc::Index i = first; i < last; ++i) ++visits[static_cast<std::size_t>(i)];
      });
      CAPTURE(threads);
      CAPTURE(tiles);
      for (const auto& count : visits) CHECK(count == 1);
      CHECK(ranges == std::min<vc::Index>(threads, tiles));
    }
  }
}

TEST_CASE("split_by: ranges cover all numbers exactly once and begin on the grain") {
  for (const int threads : {1, 2, 3}) {
    vc::Team team(threads);
    constexpr vc::Index grain = 8;
    for (vc::Index n = 0; n < 50; ++n) {
      std::vector<std::atomic<int>> visits(static_cast<std::size_t>(n));
      std::atomic<bool> on_grain = true, within = true;
      vc::split_by(team, grain, n, [&](vc::Index first, vc::Index count) {
        if (first % grain != 0) on_grain = false;
        if (count <= 0 || first + count > n) within = false;
        for (vc::Index i = first; i < std::min(first + count, n); ++i) {
          ++visits[static_cast<std::size_t>(i)];
        }
      });
      CAPTURE(threads);
      CAPTURE(n);
      for (const auto& count : visits) CHECK(count == 1);
      CHECK(on_grain);
      CHECK(within);
    }
  }
}

TEST_CASE("Team: works round after round, and each sees what the one before wrote") {
  for (const int threads : {1, 2, 3}) {
    vc::Team team(threads);
    constexpr int tiles = 7, rounds = 2000;
    std::vector<long> sums(tiles, 0);
    for (int round = 0; round < rounds; ++round) {
      team.split(tiles, [&](vc::Index first, vc::Index last) {
        for (vc::Index i = first; i < last; ++i) sums[static_cast<std::size_t>(i)] += round + i;
      });
    }
    for (long i = 0; i < tiles; ++i) {
      CHECK(sums[static_cast<std::size_t>(i)] == rounds * (rounds - 1) / 2 + rounds * i);
    }
  }
}

TEST_CASE("Team: workers that went to sleep wake up") {
  vc::Team team(2);
  for (int round = 0; round < 3; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    CHECK(shares_meet(team));
  }
}

TEST_CASE("Team: shares run at once, the first on the caller's thread") {
  vc::Team team(2);
  std::thread::id ids[2];
  CHECK(shares_meet(team, [&](vc::Index share) { ids[share] = std::this_thread::get_id(); }));
  CHECK(ids[0] == std::this_thread::get_id());
  CHECK(ids[1] != std::this_thread::get_id());
}

TEST_CASE("Team: whoever is late, every share runs once, and before the next round") {
  // Many more threads than cores: workers are late all the time, and the caller takes their shares.
  vc::Team team(16);
  std::vector<int> counts(16);
  for (int round = 1; round <= 2000; ++round) {
    team.split(16, [&](vc::Index first, vc::Index last) {
      for (vc::Index tile = first; tile < last; ++tile) ++counts[static_cast<std::size_t>(tile)];
    });
    if (std::count(counts.begin(), counts.end(), round) != 16) FAIL("in round ", round);
  }
}

TEST_CASE("Team: zero threads asks for one for each core") {
  vc::Team team(0);
  CHECK(team.size() >= 1);
}

TEST_CASE("Team: a team that never worked ends") {
  for (int i = 0; i < 20; ++i) vc::Team team(3);
}

namespace {

const char* const split_in_split =
    "Team: split was called before another split of this team had ended: inside it, or on another "
    "thread. Let the range do its work alone, or give it a Team of its own";

/// Every tile of 0 .. tiles runs once.
bool works(vc::Team& team, vc::Index tiles = 8) {
  std::vector<std::atomic<int>> visits(static_cast<std::size_t>(tiles));
  team.split(tiles, [&](vc::Index first, vc::Index last) {
    for (vc::Index i = first; i < last; ++i) ++visits[static_cast<std::size_t>(i)];
  });
  return std::all_of(visits.begin(), visits.end(), [](const auto& count) { return count == 1; });
}

}  // namespace

TEST_CASE("Team: a split inside a split of the same team is an error, whoever calls it") {
  for (const int threads : {1, 2, 3}) {
    CAPTURE(threads);
    vc::Team team(threads);
    for (const vc::Index outer : {1, 2, 7}) {
      for (const vc::Index inner : {0, 1, 8}) {
        for (vc::Index caller = 0; caller < outer; ++caller) {
          const auto nested = [&] {
            team.split(outer, [&](vc::Index first, vc::Index last) {
              if (first <= caller && caller < last) team.split(inner, [](vc::Index, vc::Index) {});
            });
          };
          CHECK_THROWS_WITH_AS(nested(), split_in_split, vc::Error);
          CHECK(works(team));
        }
      }
    }
    // By way of split_by, and where every range does it.
    const auto everywhere = [&] {
      team.split(5, [&](vc::Index, vc::Index) {
        vc::split_by(team, 4, 100, [](vc::Index, vc::Index) {});
      });
    };
    CHECK_THROWS_WITH_AS(everywhere(), split_in_split, vc::Error);
    CHECK(works(team));
  }
}

TEST_CASE("Team: a split while another thread's goes on is an error, and the other's ends well") {
  for (const int threads : {1, 2}) {
    CAPTURE(threads);
    vc::Team team(threads);
    bool refused = false;
    std::atomic<int> tiles = 0;
    team.split(3, [&](vc::Index first, vc::Index last) {
      tiles += static_cast<int>(last - first);
      if (first != 0) return;
      std::thread([&] {
        try {
          team.split(2, [](vc::Index, vc::Index) {});
        } catch (const vc::Error&) {
          refused = true;
        }
      }).join();
    });
    CHECK(refused);
    CHECK(tiles == 3);
    // One after the other, two threads may share it.
    std::thread([&] { refused = !works(team); }).join();
    CHECK_FALSE(refused);
  }
}

TEST_CASE("Team: another team may split inside") {
  for (const int threads : {1, 2}) {
    for (const int inner_threads : {1, 2}) {
      vc::Team outer(threads), inner(inner_threads);
      std::atomic<int> inner_tiles = 0;
      for (int round = 0; round < 100; ++round) {
        outer.split(4, [&](vc::Index first, vc::Index) {
          if (first != 0) return;
          inner.split(6, [&](vc::Index a, vc::Index b) { inner_tiles += static_cast<int>(b - a); });
        });
      }
      CHECK(inner_tiles == 600);
      // But the inner one may not go back to the outer.
      const auto round_trip = [&] {
        outer.split(4, [&](vc::Index first, vc::Index) {
          if (first != 0) return;
          inner.split(2,
                      [&](vc::Index, vc::Index) { outer.split(1, [](vc::Index, vc::Index) {}); });
        });
      };
      CHECK_THROWS_WITH_AS(round_trip(), split_in_split, vc::Error);
      CHECK(works(outer));
      CHECK(works(inner));
    }
  }
}

TEST_CASE(
    "Team: what a range throws reaches the caller when all are done, the first range's first") {
  for (const int threads : {1, 2, 5}) {
    CAPTURE(threads);
    vc::Team team(threads);
    for (int round = 0; round < 200; ++round) {
      std::atomic<int> ended = 0;
      const int from = round % 7;
      std::string text;
      try {
        team.split(7, [&](vc::Index first, vc::Index last) {
          for (vc::Index i = first; i < last; ++i) {
            if (i >= from) throw vc::Error("tile " + std::to_string(i));
            ++ended;
          }
        });
      } catch (const vc::Error& error) {
        text = error.what();
      }
      REQUIRE(text == "tile " + std::to_string(from));
      REQUIRE(ended == from);
      REQUIRE(works(team));
    }
  }
}

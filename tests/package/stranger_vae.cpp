// A stranger's unconditional VAE of names: a corpus, a posterior family and a criterion of its own,
// in a run that may be stopped or killed at any step and goes on with the same bits.
//   stranger_vae FOLDER [STEP SIGNAL]     gives itself the signal after that step
#include <array>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/runs/folder_lock.hpp>
#include <vaecollapse/runs/session.hpp>
#include <vaecollapse/vaecollapse.hpp>

namespace vc = vaecollapse;

namespace stranger {

/// A corpus: whatever gives each row a source, a target and tags.
struct Names {
  vc::Vocabulary letters{U"abdeiklmnorstu"};
  std::vector<std::vector<vc::Symbol>> rows;

  Names() {
    for (const char32_t* first : {U"ma", U"li", U"ro", U"be", U"ti", U"no"}) {
      for (const char32_t* second : {U"ra", U"na", U"do", U"len", U"kus", U"mi"}) {
        rows.push_back(letters.encode(std::u32string(first) + second));
      }
    }
  }
  vc::Index size() const { return vc::Index(rows.size()); }
  std::span<const vc::Symbol> source(vc::Row row) const { return rows[row]; }
  std::span<const vc::Symbol> target(vc::Row row) const { return rows[row]; }
  std::span<const vc::Symbol> tags(vc::Row) const { return {}; }
};

/// q(z|x) = Laplace(centre(x), 1/4) in each dimension, with the prior Laplace(0, 1).
struct LaplaceHead {
  template <class S>
  struct Posterior {
    vc::Var<S, 2> centre;  // [Z x B]
  };
  static constexpr double width = 0.25;
  vc::Linear centre;

  vc::Index latent() const { return centre.output(); }
  template <class C, class S = typename C::scalar_type>
  Posterior<S> head(C& cx, const vc::Var<S, 2>& code) const {
    return {centre(cx, code)};
  }
  auto mean(const auto& q) const { return q.centre; }
  template <class C, class S = typename C::scalar_type>
  vc::Var<S, 2> sample(C& cx, const Posterior<S>& q, const vc::Draws& draws,
                       std::span<const vc::Row> rows, std::uint32_t number = 0) const {
    const auto noise = draw(cx, draws, vc::Stream::latent, rows, number);
    return vc::add(cx, q.centre, vc::scale(cx, noise, width));
  }
  /// |m| + b exp(-|m| / b) - 1 - log b
  auto kl(auto& cx, const auto& q, const auto&) const {
    const auto size = vc::abs(cx, q.centre);
    const auto decayed = vc::exp(cx, vc::scale(cx, size, -1 / width));
    return vc::subtract(cx, vc::add(cx, size, vc::scale(cx, decayed, width)), 1 + std::log(width));
  }
  /// The sum over dimensions of -|z - m| / b - log 2b
  auto log_density(auto& cx, const auto& q, const auto& z) const {
    const auto distance = vc::sum(cx, vc::abs(cx, vc::subtract(cx, z, q.centre)), vc::Axis::rows);
    const double normaliser = double(latent()) * std::log(2 * width);
    return vc::subtract(cx, vc::scale(cx, distance, -1 / width), normaliser);
  }
  /// A draw from Laplace(0, 1) for each unit of each row, by inversion.
  template <class C>
  auto draw(C& cx, const vc::Draws& draws, vc::Stream stream, std::span<const vc::Row> rows,
            std::uint32_t number) const {
    const auto y = cx.template make<2>(vc::Shape<2>{{latent(), vc::Index(rows.size())}}, false);
    for (vc::Index k = 0; k < y.size(); ++k) {
      const auto row = rows[std::size_t(k / latent())];
      const double u = draws.uniform(stream, row, number, 0, std::uint32_t(k % latent()));
      y.data()[k] = typename C::scalar_type(u < 0.5 ? std::log(2 * u) : -std::log(2 - 2 * u));
    }
    return y;
  }
};

/// The ELBO, of those epochs only in which z holds at least one nat.
struct ElboOfUsedZ {
  std::string_view name() const { return "elbo_of_used_z"; }
  template <class Evaluation, class Rows>
  vc::Score judge(Evaluation&, const Rows&, vc::EpochReport& epoch) const {
    return {.value = epoch.dev_rate < 1 ? -HUGE_VAL : epoch.dev_elbo};
  }
  bool is_better(const vc::Score& one, const vc::Score& best) const {
    return one.value > best.value;
  }
};

struct Watcher final : vc::RunWatcher {
  std::uint64_t step = 0;
  int signal = 0;

  void on_begin(const vc::RunSizes&) override {}
  void on_step(const vc::StepReport& report) override {
    if (report.step == step) std::raise(signal);
  }
  void on_epoch(const vc::EpochReport&) override {}
  void on_note(const std::string& note) override { std::fprintf(stderr, "%s\n", note.c_str()); }
};

}  // namespace stranger

int main(int argc, char** argv) {
  if (argc != 2 && argc != 4) return 2;
  const stranger::Names names;
  vc::Layout layout;
  const vc::Index symbols = names.letters.symbols(), latent = 6;
  const vc::GruEncoder encoder(layout, "encoder", {symbols, 8, 24});
  const stranger::LaplaceHead posterior{{layout, "posterior", {encoder.width(), latent}}};
  const vc::PlainDecoder decoder(
      layout, "decoder", {.symbols = symbols, .embedding = 8, .hidden = 24, .latent = latent});
  const vc::SequenceVae network(encoder, posterior, decoder);

  vc::Parameters<float> parameters(layout, vc::Seed{1});
  vc::Team team(2);
  vc::Trainer trainer(vc::Seq2SeqVae(network, vc::FreeBits<1>(4.0), vc::NoDropout()), parameters,
                      vc::Adam<float>(), names, names,
                      {.epochs = 20, .batch = 8, .learning_rate = 1e-2}, team,
                      stranger::ElboOfUsedZ());
  stranger::Watcher watcher;
  if (argc == 4) watcher.step = std::strtoull(argv[2], nullptr, 10);
  if (argc == 4) watcher.signal = std::atoi(argv[3]);
  const vc::StopOnSignals stop_on_signals;
  const vc::RunFolder folder(argv[1]);
  const vc::FolderLock lock(folder.path());
  vc::Session session(folder, "{}", {.model = {{"model", "names"}}, .data_hash = "36 names"},
                      trainer, watcher, {.checkpoint_every = 7});
  if (!session.resume(folder.path(), [](auto&&...) {})) session.begin();
  const vc::SessionResult result = session.run();
  if (result.end == vc::SessionResult::End::stopped) return 1;

  std::printf("epoch %d of the best, after step %d\n", int(result.kept.epoch), int(result.step));
  vc::Workspace workspace(parameters, team);
  const std::array<vc::Row, 5> rows{0, 1, 2, 3, 4};
  const auto z = posterior.draw(workspace, vc::Draws(7, 0), vc::Stream::prior, rows, 0);
  for (const vc::Guesses& word : vc::greedy(workspace, decoder, z, {.longest = 8})) {
    std::printf("%s\n", vc::utf8::encode(names.letters.decode(word.front().ids)).c_str());
  }
}

// A decoder that reads its own symbols in training.
#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/compat/own_symbols.hpp>
#include <vaecollapse/dropout/character.hpp>

#include "one_step.hpp"

namespace vc = vaecollapse;
using compat_test::Step;
using compat_test::Task;
using vc::Index;

static_assert(vc::ChoosesInputs<vc::compat::OwnSymbols<vc::GruDecoder>>);
static_assert(!vc::ChoosesInputs<vc::GruDecoder>);

namespace {

/// Once it has its own symbols, the decoder finds at each step that likeliest which it then reads.
template <class Network>
void check_reads_itself(const Task& task, const Network& network, const vc::Layout& layout) {
  vc::Parameters<double> parameters(layout, vc::Seed{5});
  // Large weights, so that its symbols depend on what it reads.
  for (double& value : parameters.values()) value *= 3;
  vc::Tape<double> tape(parameters);
  const vc::Scope scope(tape);
  const auto encoded = network.infer(tape, task.batch);
  const auto given = network.conditioning(tape, encoded.q.mu, task.batch, encoded);
  const vc::Symbols inputs = task.batch.inputs();
  const vc::SequencePlan& plan = *inputs.plan;
  vc::Corruption read;
  vc::corrupt(vc::CharacterDropout<0.3>({.replacement = vc::no_symbol}), inputs, task.batch.rows(),
              vc::Draws(1, 1), read);
  const std::vector<vc::Symbol> dropped = read.ids;
  const std::size_t nodes = tape.size();
  vc::compat::feed_own_symbols(tape, network.decoder(), given, inputs, read.ids);
  CHECK(tape.size() == nodes);

  const auto logits = network.decoder()(tape, given, vc::Symbols{&plan, read.ids});
  Index own = 0, kept = 0;
  for (Index b = 0; b < plan.batch(); ++b) {
    const auto at = [&](Index t) { return static_cast<std::size_t>(plan.column(b, t)); };
    CHECK(read.ids[at(0)] == vc::Vocabulary::start);
    for (Index t = 1; t < plan.length(b); ++t) {
      if (dropped[at(t)] == vc::no_symbol) {
        CHECK(read.ids[at(t)] == vc::no_symbol);
        ++kept;
        continue;
      }
      const double* scores = logits.columns.view().column(plan.column(b, t - 1));
      const auto likeliest = std::max_element(scores, scores + task.vocabulary.symbols()) - scores;
      CHECK(read.ids[at(t)] == likeliest);
      own += read.ids[at(t)] != inputs.ids[at(t)] ? 1 : 0;
    }
  }
  CHECK(own > 0);
  CHECK(kept > 0);
}

}  // namespace

TEST_CASE("a decoder reads its own symbols, save where they are dropped") {
  const Task task;
  check_reads_itself(task, task.network, task.layout);
  vc::Layout layout;
  auto sizes = task.sizes();
  sizes.attention = 7;
  sizes.tag_embedding = 5;
  const auto published =
      vc::compat::make_reinflection_network(layout, sizes, {.bypass = true, .relu_heads = true});
  CHECK(layout.find("decoder.tags.weight")->shape ==
        vc::AnyShape(vc::Shape<2>{{5, task.features.size()}}));
  check_reads_itself(task, published, layout);
}

TEST_CASE("Seq2SeqVae: own symbols change what a step learns") {
  const Task task;
  const Step taught = step(task, {}), free = step(task, {.own_symbols = true});
  CHECK(free.report.nll != taught.report.nll);
  CHECK(free.report.rate == taught.report.rate);
}

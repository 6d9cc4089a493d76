// Where z enters a decoder, what it reads of the symbols before, and dropped units.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/model/decode.hpp>
#include <vaecollapse/model/decoder.hpp>

namespace vc = vaecollapse;
using vc::History;
using vc::Index;
using vc::LatentEntry;

namespace {

constexpr Index symbols = 9, tag_count = 5, embedding = 4, hidden = 6, latent = 3, rows = 4;

vc::GruDecoder::Sizes sizes(History history = History::embedded, LatentEntry z_into = {},
                            Index attention = 0) {
  return {.symbols = symbols,
          .tags = tag_count,
          .embedding = embedding,
          .hidden = hidden,
          .latent = latent,
          .attention = attention,
          .z_into = z_into,
          .history = history};
}

/// A decoder, and four rows of z, tags and symbols for it.
struct Model {
  vc::Layout layout;
  vc::GruDecoder decoder;
  vc::Parameters<double> parameters;
  vc::Workspace<double> workspace{parameters};
  std::vector<Index> lengths{4, 1, 6, 3}, first_tag{0, 1, 1, 4, 6};
  std::vector<vc::Symbol> tag_ids{1, 0, 2, 4, 3, 1};
  vc::SequencePlan plan{std::span<const Index>(lengths)};
  std::vector<vc::Symbol> ids;
  std::vector<std::uint32_t> corpus_rows{3, 1, 900, 0};
  Eigen::Tensor<double, 2> z;

  explicit Model(const vc::GruDecoder::Sizes& wanted)
      : decoder(layout, "decoder", wanted), parameters(layout, vc::Seed{3}), z(latent, rows) {
    for (double& x : parameters.values()) x *= 2;
    for (Index row = 0; row < rows; ++row) {
      for (Index d = 0; d < z.dimension(0); ++d) {
        z(d, row) = std::sin(static_cast<double>(1 + d + 7 * row));
      }
    }
    ids.resize(static_cast<std::size_t>(plan.columns()));
    for (std::size_t n = 0; n < ids.size(); ++n) {
      ids[n] = static_cast<vc::Symbol>((3 * n + 1) % static_cast<std::size_t>(symbols));
    }
  }

  vc::TagSets tags() const { return {first_tag, tag_ids}; }

  Eigen::MatrixXd logits(const vc::kernels::UnitDropout& units = {}) {
    const vc::Scope scope(workspace);
    return decoder(workspace, {workspace.constant(z), tags()}, {&plan, ids}, units)
        .columns.matrix();
  }

  std::span<double> parameter(const std::string& name) {
    const auto* entry = layout.find("decoder." + name);
    REQUIRE(entry != nullptr);
    return parameters.values(*entry);
  }

  std::vector<vc::Guesses> decode(const vc::DecodeOptions& options) {
    const vc::Scope scope(workspace);
    return vc::decode(workspace, decoder, workspace.constant(z), tags(), plan, options);
  }
};

const std::array every_entry{LatentEntry{true, false, false}, LatentEntry{false, true, false},
                             LatentEntry{false, false, true}, LatentEntry{true, true, false},
                             LatentEntry{true, false, true},  LatentEntry{false, true, true},
                             LatentEntry{true, true, true}};

double distance(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  return (a - b).cwiseAbs().maxCoeff();
}

/// The logits of all columns of the plan, one step at a time.
Eigen::MatrixXd logits_by_steps(Model& model) {
  const vc::Scope scope(model.workspace);
  const auto steps =
      model.decoder.steps(model.workspace, {model.workspace.constant(model.z), model.tags()});
  Eigen::MatrixXd before(hidden, rows), after(hidden, rows), out(symbols, rows);
  std::copy_n(steps.start().data, hidden * rows, before.data());
  Eigen::MatrixXd all(symbols, model.plan.columns());
  const std::vector<Index> each{0, 1, 2, 3};
  for (Index t = 0; t < model.plan.steps(); ++t) {
    std::vector<vc::Symbol> inputs;
    for (const Index row : each) {
      const bool active = t < model.plan.length(row);
      inputs.push_back(active ? model.ids[static_cast<std::size_t>(model.plan.column(row, t))] : 0);
    }
    steps.step(model.workspace, inputs, each, vc::View<const double>(before.data(), hidden, rows),
               vc::View<double>(after.data(), hidden, rows),
               vc::View<double>(out.data(), symbols, rows));
    for (const Index row : each) {
      if (t < model.plan.length(row)) all.col(model.plan.column(row, t)) = out.col(row);
    }
    before = after;
  }
  return all;
}

/// Copies to `b`, which has no embedding of symbols, all that the two have in common.
void tie(Model& a, Model& b) {
  for (const auto& entry : b.layout.entries()) {
    const auto* other = a.layout.find(entry.name);
    REQUIRE(other != nullptr);
    const auto from = a.parameters.values(*other);
    const auto to = b.parameters.values(entry);
    if (from.size() == to.size()) {
      std::copy(from.begin(), from.end(), to.begin());
      continue;
    }
    // The input's weights: in (a) every column begins with the rows of the symbols.
    REQUIRE(entry.name == "decoder.gru.weight_ih_l0");
    const Index mine = entry.shape.extents[0], theirs = mine + embedding;
    for (Index gate = 0; gate < 3 * hidden; ++gate) {
      std::copy_n(from.data() + gate * theirs + embedding, mine, to.data() + gate * mine);
    }
  }
}

}  // namespace

TEST_CASE("a decoder's whole sequence equals its single steps, whatever it reads") {
  for (const History history : {History::embedded, History::zeroed, History::absent}) {
    for (const LatentEntry& z_into : every_entry) {
      for (const Index attention : {0, 5}) {
        Model model(sizes(history, z_into, attention));
        CHECK(distance(model.logits(), logits_by_steps(model)) < 1e-12);
      }
    }
  }
}

TEST_CASE("z enters where it is asked to, and nowhere else") {
  for (const LatentEntry& z_into : every_entry) {
    CAPTURE(z_into.h0);
    CAPTURE(z_into.inputs);
    CAPTURE(z_into.output);
    Model model(sizes(History::embedded, z_into));
    const Eigen::MatrixXd before = model.logits();
    // By parameter: rows that z has of its own, or none.
    const auto shape = [&](const char* name) { return model.layout.find(name)->shape.extents[0]; };
    CHECK(shape("decoder.initial.weight") == embedding + (z_into.h0 ? latent : 0));
    CHECK(shape("decoder.gru.weight_ih_l0") == 2 * embedding + (z_into.inputs ? latent : 0));
    CHECK(shape("decoder.output.weight") == hidden + embedding + (z_into.output ? latent : 0));
    for (Index d = 0; d < latent; ++d) model.z(d, 2) += 1;
    const Eigen::MatrixXd after = model.logits();
    CHECK(distance(before, after) > 1e-3);
    CHECK(distance(before.col(model.plan.column(0, 1)), after.col(model.plan.column(0, 1))) == 0);
  }
  // Into the output alone, z moves the logits of every step by the same numbers.
  Model model(sizes(History::embedded, {.h0 = false, .inputs = false, .output = true}));
  const Eigen::MatrixXd before = model.logits();
  for (Index d = 0; d < latent; ++d) model.z(d, 2) += 1;
  const Eigen::MatrixXd moved = model.logits() - before;
  for (Index t = 1; t < model.plan.length(2); ++t) {
    CHECK(distance(moved.col(model.plan.column(2, t)), moved.col(model.plan.column(2, 0))) < 1e-13);
  }
}

TEST_CASE("the defaults are the plain decoder's: h0 and the inputs, hearing all") {
  const Model model(sizes());
  std::vector<std::string> names;
  for (const auto& entry : model.layout.entries()) names.push_back(entry.name);
  CHECK(names == std::vector<std::string>{"decoder.embedding.weight", "decoder.tags.weight",
                                          "decoder.initial.weight", "decoder.initial.bias",
                                          "decoder.gru.weight_ih_l0", "decoder.gru.weight_hh_l0",
                                          "decoder.gru.bias_ih_l0", "decoder.gru.bias_hh_l0",
                                          "decoder.output.weight", "decoder.output.bias"});
  CHECK_FALSE(model.decoder.is_parallel());
}

TEST_CASE("a decoder that z does not enter is refused") {
  vc::Layout layout;
  const auto wanted = sizes(History::embedded, {false, false, false});
  CHECK_THROWS_WITH_AS(vc::GruDecoder(layout, "decoder", wanted),
                       "decoder: z enters nowhere: it must enter the inputs or the output, or h_0",
                       vc::Error);
}

TEST_CASE("negative sizes, which sums of widths would hide, are refused") {
  vc::Layout layout;
  const auto refused = [&](Index vc::GruDecoder::Sizes::*size) {
    auto wanted = sizes(History::embedded, {true, true, false});
    wanted.*size = -1;
    CHECK_THROWS_AS(vc::GruDecoder(layout, "decoder", wanted), vc::Error);
  };
  for (const auto size : {&vc::GruDecoder::Sizes::latent, &vc::GruDecoder::Sizes::attention,
                          &vc::GruDecoder::Sizes::tag_embedding}) {
    refused(size);
  }
  CHECK_THROWS_WITH_AS(vc::Gru(layout, "gru", {.input = 8, .hidden = 4, .context = -2}),
                       "gru: input, context is [8 x -2]: neither may be negative", vc::Error);
  CHECK_THROWS_AS(vc::Gru(layout, "gru", {.input = -1, .hidden = 4, .context = 2}), vc::Error);
  CHECK(layout.size() == 0);
}

TEST_CASE("historyless (a) equals (b) with tied weights and zero symbols") {
  for (const Index attention : {0, 5}) {
    for (const LatentEntry& z_into : every_entry) {
      Model a(sizes(History::zeroed, z_into, attention));
      Model b(sizes(History::absent, z_into, attention));
      tie(a, b);
      CHECK(b.layout.find("decoder.embedding.weight") == nullptr);
      CHECK(b.decoder.symbols() == symbols);
      CHECK(distance(a.logits(), b.logits()) < 1e-13);
      // (a) is the plain decoder with nothing to hear.
      Model plain(sizes(History::embedded, z_into, attention));
      std::copy(a.parameters.values().begin(), a.parameters.values().end(),
                plain.parameters.values().begin());
      CHECK(distance(a.logits(), plain.logits()) > 1e-3);
      std::fill(plain.ids.begin(), plain.ids.end(), vc::no_symbol);
      CHECK(a.logits() == plain.logits());
    }
  }
}

TEST_CASE("historyless decoders do not read the symbols before") {
  for (const History history : {History::zeroed, History::absent}) {
    Model model(sizes(history));
    const Eigen::MatrixXd before = model.logits();
    std::reverse(model.ids.begin(), model.ids.end());
    CHECK(model.logits() == before);
    CHECK(model.logits({.rate = 0.5, .rows = model.corpus_rows}) == before);
  }
  Model hearing(sizes());
  const Eigen::MatrixXd before = hearing.logits();
  std::reverse(hearing.ids.begin(), hearing.ids.end());
  CHECK(distance(hearing.logits(), before) > 1e-3);
}

TEST_CASE("decoding all positions at once finds what decoding step by step finds") {
  Model a(sizes(History::zeroed)), b(sizes(History::absent));
  tie(a, b);
  REQUIRE(b.decoder.is_parallel());
  REQUIRE_FALSE(a.decoder.is_parallel());
  const std::array options{
      vc::DecodeOptions{}, vc::DecodeOptions{.beam = 7, .nbest = 7},
      vc::DecodeOptions{.beam = 5, .nbest = 3, .length_normalisation = 1},
      vc::DecodeOptions{.length_factor = 0, .length_slack = 0},
      vc::DecodeOptions{.beam = 3, .nbest = 2, .length_factor = 1, .length_slack = 0}};
  for (const vc::DecodeOptions& each : options) {
    CAPTURE(each.beam);
    const auto stepping = a.decode(each), parallel = b.decode(each);
    REQUIRE(stepping.size() == parallel.size());
    for (std::size_t row = 0; row < stepping.size(); ++row) {
      REQUIRE(stepping[row].size() == parallel[row].size());
      for (std::size_t k = 0; k < stepping[row].size(); ++k) {
        CHECK(stepping[row][k].ids == parallel[row][k].ids);
        CHECK(stepping[row][k].log_probability ==
              doctest::Approx(parallel[row][k].log_probability).epsilon(1e-11));
      }
    }
  }
}

TEST_CASE("dropped units: a rate of 0 is none, all are zeros, and what stays is scaled up") {
  Model model(sizes());
  const Eigen::MatrixXd clean = model.logits();
  const auto units = [&](double rate, std::uint64_t step = 1) {
    return vc::kernels::UnitDropout{
        .rate = rate, .draws = vc::Draws(5, step), .rows = model.corpus_rows};
  };
  CHECK(model.logits(units(0)) == clean);
  const Eigen::MatrixXd half = model.logits(units(0.5));
  CHECK(distance(half, clean) > 1e-3);
  CHECK(model.logits(units(0.5)) == half);
  CHECK(distance(model.logits(units(0.5, 2)), half) > 1e-3);
  Model silent(sizes());
  std::fill(silent.ids.begin(), silent.ids.end(), vc::no_symbol);
  CHECK(distance(model.logits(units(1)), silent.logits()) < 1e-13);
  // The same coins by hand, at the first position: no state comes before it.
  const auto table = model.parameter("embedding.weight");
  for (Index row = 0; row < rows; ++row) {
    Model by_hand(sizes());
    const auto column = model.plan.column(row, 0);
    const auto symbol = model.ids[static_cast<std::size_t>(column)];
    const auto dropped = by_hand.parameter("embedding.weight");
    std::copy(table.begin(), table.end(), dropped.begin());
    for (Index i = 0; i < embedding; ++i) {
      dropped[static_cast<std::size_t>(symbol * embedding + i)] *=
          vc::kernels::naive::unit_dropout_factor(units(0.5), row, 0, i);
    }
    CHECK(distance(by_hand.logits().col(column), half.col(column)) < 1e-13);
  }
}

TEST_CASE("dropped units: wrong rows, and too many units of too many symbols, are refused") {
  Model model(sizes());
  const std::vector<std::uint32_t> too_few{1, 2};
  CHECK_THROWS_WITH_AS(model.logits({.rate = 0.5, .rows = too_few}),
                       doctest::Contains("drop_units: corpus rows is [2], plan [rows x symbols] is "
                                         "[4 x 14]: there must be a corpus row for each row"),
                       vc::ShapeError);
  const vc::Layout nothing;
  const vc::Parameters<float> none(nothing, vc::Seed{1});
  vc::Workspace<float> cx(none);
  const vc::SequencePlan longest(std::vector<Index>{8193});
  const std::vector<std::uint32_t> row{0};
  const vc::Sequence<float> x{cx.make<2>(vc::Shape<2>{{4097, 8193}}), &longest};
  CHECK_THROWS_WITH_AS(vc::drop_units(cx, x, {.rate = 0.5, .rows = row}),
                       "drop_units: input is [4097 x 8193], longest sequence is [8193], most units "
                       "is [4096]: there are no draws for so many units of so many symbols",
                       vc::ShapeError);
}

TEST_CASE("dropped units: an embedding wider than 4096") {
  auto wide = sizes();
  wide.embedding = 5000;
  Model model(wide);
  const auto whole = model.logits(),
             dropped = model.logits({.rate = 0.5, .rows = model.corpus_rows});
  CHECK(distance(whole, dropped) > 1e-3);
}

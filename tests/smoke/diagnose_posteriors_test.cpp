// `diagnose_posteriors`: its verdict on files of posteriors, and what it refuses.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/io/safetensors.hpp>

#include "smoke/spawn.hpp"
#include "unit/io/temporary_folder.hpp"

using nlohmann::ordered_json;
using reinflection::test::Arguments;
using reinflection::test::Outcome;
using reinflection::test::run_program;
using vaecollapse::FileShape;
using vaecollapse::Safetensors;
using vaecollapse::test::TemporaryFolder;

namespace {

constexpr std::uint32_t rows = 300;

double noise(std::uint32_t row, std::uint32_t which) {
  return vaecollapse::normal(vaecollapse::Draws(11, 0, vaecollapse::Pass::diagnose)
                                 .word(vaecollapse::Stream::latent, row, 0, which, 0));
}

/// The columns of a file of posteriors.
struct Columns {
  std::vector<float> mu, logvar, z, nll, nll_permuted;

  Safetensors content() const {
    const auto latent = static_cast<std::int64_t>(mu.size() / nll.size());
    const auto size = static_cast<std::int64_t>(nll.size());
    const auto tensor = [](const char* name, FileShape shape, const std::vector<float>& values) {
      return vaecollapse::make_tensor(name, std::move(shape), std::span(values));
    };
    return {{},
            {tensor("mu", {size, latent}, mu), tensor("logvar", {size, latent}, logvar),
             tensor("z", {size, latent}, z), tensor("nll", {size}, nll),
             tensor("nll_permuted", {size}, nll_permuted)}};
  }
};

/// z ~ N(0, I) in two dimensions, x = weight z + N(0, 0.25 I): posteriors that are known. A decoder
/// that does not read z takes x ~ N(0, (weight^2 + 0.25) I).
Columns linear_vae(double weight, bool reads_z) {
  Columns all;
  const double all_of_x = weight * weight + 0.25;
  std::vector<double> x;
  for (std::uint32_t n = 0; n < rows; ++n) {
    for (std::uint32_t d = 0; d < 2; ++d) {
      x.push_back(weight * noise(n, 3 * d) + 0.5 * noise(n, 3 * d + 1));
      const double mean = weight * x.back() / all_of_x;
      all.mu.push_back(static_cast<float>(mean));
      all.logvar.push_back(static_cast<float>(std::log(0.25 / all_of_x)));
      all.z.push_back(static_cast<float>(mean + std::sqrt(0.25 / all_of_x) * noise(n, 3 * d + 2)));
    }
  }
  const auto nll = [&](std::uint32_t row, std::uint32_t source) {
    double sum = 0;
    for (std::uint32_t d = 0; d < 2; ++d) {
      const double mean = reads_z ? weight * static_cast<double>(all.z[2 * source + d]) : 0;
      const double variance = reads_z ? 0.25 : all_of_x;
      const double away = x[2 * row + d] - mean;
      sum += (away * away / variance + std::log(variance) + 1.8378770664093453) / 2;
    }
    return static_cast<float>(sum);
  };
  for (std::uint32_t n = 0; n < rows; ++n) {
    all.nll.push_back(nll(n, n));
    all.nll_permuted.push_back(nll(n, (n + 1) % rows));
  }
  return all;
}

/// A folder, and the program.
struct Bench {
  TemporaryFolder folder;

  std::string file(const std::string& name) const { return (folder.path() / name).string(); }
  std::string write(const Safetensors& content) const {
    vaecollapse::write_safetensors(file("posteriors.safetensors"), content);
    return file("posteriors.safetensors");
  }
  Outcome run(const Arguments& arguments) const {
    return run_program("diagnose_posteriors", arguments, folder.path());
  }
  Outcome run(const Safetensors& content, const Arguments& more = {}) const {
    return run(Arguments{write(content)} + more);
  }
  ordered_json json(const Safetensors& content, const Arguments& more = {}) const {
    const Outcome done = run(content, Arguments{"--json"} + more);
    REQUIRE_MESSAGE(done.status != 2, done.err);
    return ordered_json::parse(done.out);
  }
  /// The message for a file that is refused, without the name of the file.
  std::string complaint(const Safetensors& content) const {
    const Outcome done = run(content);
    CHECK(done.status == 2);
    CHECK(done.out.empty());
    const std::string name = file("posteriors.safetensors") + ": ";
    CHECK(done.err.starts_with(name));
    return done.err.substr(std::min(name.size(), done.err.size()));
  }
};

vaecollapse::Tensor& tensor(Safetensors& content, const std::string& name) {
  const auto found = std::find_if(content.tensors.begin(), content.tensors.end(),
                                  [&](const auto& one) { return one.name == name; });
  REQUIRE(found != content.tensors.end());
  return *found;
}

void drop(Safetensors& content, const std::string& name) {
  std::erase_if(content.tensors, [&](const auto& one) { return one.name == name; });
}

/// The same numbers in 16 bits: bfloat16 is the upper half of a float.
void make_bf16(vaecollapse::Tensor& tensor) {
  std::vector<std::byte> halves;
  for (std::size_t i = 0; i < tensor.bytes.size(); i += 4) {
    halves.insert(halves.end(), {tensor.bytes[i + 2], tensor.bytes[i + 3]});
  }
  tensor.bytes = halves;
  tensor.dtype = vaecollapse::Dtype::bf16;
}

}  // namespace

TEST_CASE("diagnose_posteriors: a healthy, a collapsed and an unused z, in words and in numbers") {
  const Bench bench;
  struct Case {
    double weight;
    bool reads_z;
    int status;
    const char* verdict;
    const char* sentence;
  };
  for (const Case& one :
       {Case{3, true, 0, "healthy", "z is used: with the z of another row the NLL rises from "},
        Case{0.02, true, 3, "collapsed",
             "z is not used, the model has collapsed: with the z of another row the NLL is "},
        Case{3, false, 3, "rate committed but unused",
             "z is not used, though it holds a rate: with the z of another row the NLL is "}}) {
    CAPTURE(one.verdict);
    const Safetensors content = linear_vae(one.weight, one.reads_z).content();
    const Outcome text = bench.run(content);
    CHECK_MESSAGE(text.status == one.status, text.err);
    CHECK(text.out.starts_with(one.sentence));
    CHECK(text.out.find("\nverdict: " + std::string(one.verdict) + "\n") != std::string::npos);
    CHECK(text.out.find("another word") == std::string::npos);
    CHECK(text.out.find("nats a word") == std::string::npos);
    const ordered_json found = bench.json(content);
    CHECK(found["verdict"] == one.verdict);
    CHECK(found["sentence"].get<std::string>().starts_with(one.sentence));
    CHECK(found["rows"] == rows);
    CHECK(found["kl_per_dimension"].size() == 2);
    CHECK(found["accuracy"].is_null());
    CHECK(found["absent"].size() == 1);
    CHECK(found["rate_nats"].get<double>() ==
          doctest::Approx(found["kl_per_dimension"][0].get<double>() +
                          found["kl_per_dimension"][1].get<double>()));
  }
}

TEST_CASE("diagnose_posteriors: means and variances alone leave the use of z open") {
  const Bench bench;
  Safetensors content = linear_vae(3, true).content();
  for (const char* name : {"z", "nll", "nll_permuted"}) drop(content, name);
  const ordered_json found = bench.json(content);
  CHECK(found["verdict"] == "not known");
  CHECK(found["nll_nats"].is_null());
  CHECK(found["advice"] == "store nll and nll_permuted of each row, too");
  CHECK(found["active_units"] == 2);
  CHECK(found["missing"][1] == "the NLL with the z of another row");
  CHECK(found["mutual_information_nats"]["rows"] == rows);
  CHECK(found != bench.json(content, {"--seed", "2"}));
  CHECK(found == bench.json(content, {"--seed", "1"}));
  const Outcome text = bench.run(content, {"--row", "image"});
  CHECK(text.status == 4);
  CHECK(text.out.find(" nats an image, and only nll and nll_permuted show") != std::string::npos);
  CHECK(text.out.find("\n  nll_permuted    what another z costs: whether the decoder uses z\n") !=
        std::string::npos);
}

TEST_CASE("diagnose_posteriors: a page with the same figures, and nothing from elsewhere") {
  const Bench bench;
  const Safetensors content = linear_vae(3, true).content();
  const std::string page = bench.file("page.html");
  const Outcome done = bench.run(content, {"--html", page, "--name", "</script>", "--json"});
  CHECK(done.status == 0);
  CHECK(done.err == "written to " + page + "\n");
  const std::string text = vaecollapse::read_text_file(page);
  const std::string begin = "<script type=\"application/json\" id=\"data\">";
  const std::size_t at = text.find(begin) + begin.size();
  const ordered_json data = ordered_json::parse(text.substr(at, text.find("</script>", at) - at));
  REQUIRE(data["posteriors"].size() == 1);
  CHECK(data["posteriors"][0]["name"] == "</script>");
  CHECK(data["posteriors"][0]["diagnosis"] == ordered_json::parse(done.out));
  CHECK(data["command"].get<std::string>().find("--name '</script>'") != std::string::npos);
}

TEST_CASE("diagnose_posteriors: numbers of 16 and of 64 bits, and several draws of z") {
  const Bench bench;
  const Safetensors content = linear_vae(3, true).content();
  const ordered_json known = bench.json(content);
  Safetensors halves = content;
  for (const char* name : {"mu", "logvar", "z", "nll", "nll_permuted"}) {
    make_bf16(tensor(halves, name));
  }
  const ordered_json of_halves = bench.json(halves);
  CHECK(of_halves["rate_nats"].get<double>() ==
        doctest::Approx(known["rate_nats"].get<double>()).epsilon(0.01));
  CHECK(of_halves["warnings"].empty());

  Safetensors doubles = content;
  const auto widen = [](vaecollapse::Tensor& one) {
    std::vector<double> values(one.bytes.size() / 4);
    vaecollapse::copy_values(one, std::span(values));
    one = vaecollapse::make_tensor(one.name, one.shape, std::span<const double>(values));
  };
  for (vaecollapse::Tensor& one : doubles.tensors) widen(one);
  CHECK(bench.json(doubles) == known);

  // The same draw twice, [N x 2 x Z], with its NLL twice, [N x 2].
  Safetensors twice = content;
  const auto repeat = [](vaecollapse::Tensor& one, std::size_t numbers) {
    std::vector<std::byte> bytes;
    const auto size = static_cast<std::ptrdiff_t>(4 * numbers);
    for (auto begin = one.bytes.begin(); begin != one.bytes.end(); begin += size) {
      bytes.insert(bytes.end(), begin, begin + size);
      bytes.insert(bytes.end(), begin, begin + size);
    }
    one.bytes = bytes;
    one.shape.insert(one.shape.begin() + 1, 2);
  };
  repeat(tensor(twice, "z"), 2);
  repeat(tensor(twice, "nll"), 1);
  const ordered_json of_two = bench.json(twice);
  CHECK(of_two["iw_samples"] == 2);
  CHECK(of_two["iw_effective_samples"].get<double>() == doctest::Approx(2));
  CHECK(of_two["nll_nats"].get<double>() == doctest::Approx(known["nll_nats"].get<double>()));
  CHECK(of_two["mutual_information_nats"] == known["mutual_information_nats"]);
  CHECK(known["iw_samples"].is_null());
}

TEST_CASE("diagnose_posteriors: what it refuses, each with what was found and what was expected") {
  const Bench bench;
  const Safetensors good = linear_vae(3, true).content();
  const auto changed = [&](const char* name, auto change) {
    Safetensors content = good;
    change(tensor(content, name));
    return bench.complaint(content);
  };
  const auto set = [](std::size_t place, float value) {
    return [place, value](vaecollapse::Tensor& one) {
      std::memcpy(one.bytes.data() + 4 * place, &value, sizeof value);
    };
  };
  CHECK(changed("logvar", [](auto& one) { one.name = "log_var"; }) ==
        "found the tensors \"log_var\", \"mu\", \"nll\", \"nll_permuted\", \"z\", expected mu and "
        "logvar, or log_q and log_prior; \"log_var\" is logvar perhaps\n");
  CHECK(
      changed("logvar", [](auto& one) {
        one.shape = {2, rows};
      }) == "found tensor \"logvar\" of shape [2, 300], expected [N x Z] = [300, 2], by \"mu\"\n");
  CHECK(changed("mu", [](auto& one) { one.shape = {rows * 2}; }) ==
        "found tensor \"mu\" of shape [600], expected [N x Z] = [any, any]\n");
  CHECK(changed("nll",
                [](auto& one) {
                  one.shape = {rows / 2, 2};
                }) ==
        "found tensor \"nll\" of shape [150, 2], expected [N x S] = [300, 1], by \"mu\" and \"z\", "
        "or [N] = [300], by \"mu\"\n");
  CHECK(changed("mu", set(5, NAN)) == "found mu[2, 1] = nan, expected finite numbers\n");
  CHECK(changed("nll", set(7, INFINITY)) == "found nll[7] = inf, expected finite numbers\n");
  CHECK(changed("logvar", set(0, 1e9F)) ==
        "found logvar[0, 0] = 1e+09, expected numbers from -600 to 600\n");
  CHECK(changed("nll",
                [](auto& one) {
                  one = vaecollapse::make_tensor(
                      "nll", {rows},
                      std::span<const std::int64_t>(std::vector<std::int64_t>(rows, 3)));
                }) ==
        "found tensor \"nll\" of type I64, expected F32, F64, F16 or BF16: write nll.float() "
        "in PyTorch\n");
  Safetensors none = good;
  none.tensors.clear();
  CHECK(bench.complaint(none) ==
        "found no tensors, expected mu and logvar, or log_q and log_prior\n");
  const std::vector<float> one_row{0.5F};
  const auto single = [&](const char* name) {
    return vaecollapse::make_tensor(name, {1, 1}, std::span(one_row));
  };
  CHECK(bench.complaint({{}, {single("mu"), single("logvar")}}) ==
        "found 1 row, expected two rows at least, to exchange their z\n");

  vaecollapse::write_file(bench.file("model.pt"), std::string_view("PK\x03\x04 and more"));
  const Outcome archive = bench.run({bench.file("model.pt")});
  CHECK(archive.status == 2);
  CHECK(archive.err.starts_with(bench.file("model.pt") + ": found a ZIP archive, as torch.save"));
  const Outcome missing = bench.run({bench.file("none")});
  CHECK(missing.status == 2);
  CHECK(missing.err.find("no readable file") != std::string::npos);
}

namespace {

/// Rows of one to three places of two dimensions, of KL 4.5 each, behind which stand numbers that
/// are no posteriors, and a decoder that takes z or only its length.
Safetensors sequences(bool reads_z) {
  std::vector<float> mu, logvar, places, nll, nll_permuted, in_length, kl_length;
  for (std::uint32_t n = 0; n < rows; ++n) {
    places.push_back(static_cast<float>(1 + n % 3));
    for (std::uint32_t t = 0; t < 3; ++t) {
      const bool is_place = t <= n % 3;
      const float sign = n % 2 == 0 ? 1.0F : -1.0F;
      mu.insert(mu.end(), {is_place ? 3 * sign : 99, 0});
      logvar.insert(logvar.end(), {is_place ? 0.0F : -9, 0});
    }
    nll.push_back(2);
    nll_permuted.push_back(20 + static_cast<float>(noise(n, 0)));
    in_length.push_back(reads_z ? 12 + static_cast<float>(noise(n, 1)) : 2);
    kl_length.push_back(1.1F);
  }
  constexpr std::int64_t size = rows;
  const auto tensor = [](const char* name, FileShape shape, const std::vector<float>& values) {
    return vaecollapse::make_tensor(name, std::move(shape), std::span(values));
  };
  return {{},
          {tensor("mu", {size, 3, 2}, mu), tensor("logvar", {size, 3, 2}, logvar),
           tensor("places", {size}, places), tensor("nll", {size}, nll),
           tensor("nll_permuted", {size}, nll_permuted),
           tensor("nll_permuted_in_length", {size}, in_length),
           tensor("kl_length", {size}, kl_length)}};
}

}  // namespace

TEST_CASE("diagnose_posteriors: a z that is a sequence, with the keys of a z that is none") {
  const Bench bench;
  const ordered_json used = bench.json(sequences(true)),
                     one = bench.json(linear_vae(3, true).content());
  for (const auto& item : one.items()) CHECK_MESSAGE(used.contains(item.key()), item.key());
  CHECK(one["places"].is_null());
  CHECK(used["verdict"] == "healthy");
  CHECK(used["mutual_information_nats"].is_null());
  CHECK(used["rate_nats"].get<double>() == doctest::Approx(9 + 1.1));
  CHECK(used["active_units"] == 1);
  REQUIRE(used["places"]["kl_per_place"].size() == 3);
  for (const auto& kl : used["places"]["kl_per_place"]) {
    CHECK(kl.get<double>() == doctest::Approx(4.5));
  }
  CHECK(used["places"]["rows_per_place"] == std::vector<int>{300, 200, 100});
  CHECK(used["places"]["rows_alone_in_length"] == 0);
  const Outcome length = bench.run(sequences(false));
  CHECK(length.status == 3);
  CHECK(
      length.out.starts_with("z is not used but for the number of its places: with the z of "
                             "another row of as many places the NLL is 2.00 nats, with its own "
                             "2.00.\nverdict: only the length is used\n"));
  CHECK(length.out.find("\n  places                9.000, 4.500 for each of 2.00 places\n") !=
        std::string::npos);
  Safetensors content = sequences(true);
  const float half = 2.5F;
  std::memcpy(tensor(content, "places").bytes.data() + 4, &half, 4);
  CHECK(bench.complaint(content) == "found places[1] = 2.5, expected a whole number from 1 to 3\n");
}

TEST_CASE("diagnose_posteriors: its command line") {
  const Bench bench;
  const std::string file = bench.write(linear_vae(3, true).content());
  const Outcome help = bench.run({"--help"});
  CHECK(help.status == 0);
  CHECK(help.out.find("\n  diagnose_posteriors posteriors.safetensors --html posteriors.html\n") !=
        std::string::npos);
  CHECK(bench.run({"--version"}).out.starts_with("diagnose_posteriors "));
  const auto refusal = [&](const Arguments& arguments) {
    const Outcome done = bench.run(arguments);
    CHECK(done.status == 2);
    return done.err;
  };
  CHECK(refusal({}) == "FILE: found nothing, expected a value\n");
  CHECK(refusal({file, "--jsn", "--seed", "x"}) ==
        "diagnose_posteriors: found the unknown argument --jsn, expected --json perhaps\n"
        "--seed: found 'x', expected a whole number from 0 to 9007199254740991\n");
  CHECK(refusal({file, "another"}) ==
        "diagnose_posteriors: found the unknown argument another, expected what --help shows\n");
  CHECK(refusal({file, "--html", file}) ==
        "--html: found the file that is read, expected another\n");
  CHECK(refusal({file, "--html", bench.file("none/page.html")}).find("none/page.html") !=
        std::string::npos);
}

TEST_CASE("diagnose_posteriors: tensors of unknown names are passed over, with a note") {
  const Bench bench;
  Safetensors content = linear_vae(3, true).content();
  vaecollapse::Tensor labels = tensor(content, "nll");
  labels.name = "labels";
  content.tensors.push_back(labels);
  labels.name = "nll_permutd";
  drop(content, "nll_permuted");
  content.tensors.push_back(labels);
  const Outcome done = bench.run(content);
  CHECK(done.status == 4);
  CHECK(done.out.ends_with("\nnot read: \"labels\", \"nll_permutd\" is nll_permuted perhaps\n"));
}

TEST_CASE("diagnose_posteriors: its how-to page shows what it prints, and names every tensor") {
  const Bench bench;
  const std::string page =
      vaecollapse::read_text_file(reinflection::test::from_environment("VAECOLLAPSE_SOURCE") +
                                  "/docs/how_to/diagnose_any_vae.md");
  const std::string printed = bench.run(linear_vae(3, true).content()).out;
  const std::string begin = "```text\n";
  const std::size_t at = page.find(begin) + begin.size();
  std::size_t checked = 0;
  for (const std::string& line :
       reinflection::test::lines(page.substr(at, page.find("```", at) - at))) {
    CAPTURE(line);
    CHECK(printed.find(line.substr(0, line.find_first_of("0123456789"))) != std::string::npos);
    checked += line.empty() ? 0 : 1;
  }
  CHECK(checked == 13);
  const std::string help = bench.run({"--help"}).out;
  std::size_t tensors = 0;
  for (const std::string& line : reinflection::test::lines(help)) {
    if (!line.starts_with("  ") || line.find(" [N") == std::string::npos) continue;
    const std::string name = line.substr(2, line.find(' ', 2) - 2);
    if (name == "FILE") continue;
    CAPTURE(name);
    CHECK(page.find("`" + name + "`") != std::string::npos);
    ++tensors;
  }
  CHECK(tensors == 19);
}

#include "compare/methods.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/dropout/contiguous.hpp>

#include "kit/expression_syntax.hpp"
#include "kit/mistakes.hpp"
#include "kit/numbers.hpp"
#include "settings_text.hpp"

namespace reinflection {

namespace {

using vaecollapse::Error;
using vaecollapse::raise;

/// All dropouts drop this share, so that they can be compared.
constexpr double drop_rate = 0.4;
/// The mean length of the spans of contiguous dropout.
constexpr double span_length = 3.5;

/// Sets one setting, or adds to what other parts say. Braces in the text stand for numbers:
/// {rate}: the target; {steps}: of the run; {ramp}: of its first two fifths; {drop}: the share
/// that dropouts drop; {beta}, {length}: the spans with which contiguous dropout drops as much.
struct Change {
  std::string_view setting;
  std::string_view text;
  bool adds = false;
};

struct Part {
  std::string_view name;
  std::string_view about;
  std::vector<Change> changes;
};

Change objective(std::string_view text) { return {"objective", text}; }
Change more_dropout(std::string_view text) { return {"dropout", text, true}; }

std::vector<Part> parts() {
  return {
      {"elbo", "the plain ELBO", {objective("elbo")}},
      {"linear",
       "linear annealing over the first two fifths of the run",
       {objective("anneal(linear,steps={ramp})")}},
      {"exponential",
       "exponential annealing, to 95 % in two fifths of the run",
       {objective("anneal(exponential,steps={ramp})")}},
      {"logistic",
       "logistic annealing, from 5 to 95 % in two fifths of the run",
       {objective("anneal(logistic,steps={ramp})")}},
      {"cyclical",
       "cyclical annealing, four cycles",
       {objective("anneal(cyclical,steps={steps})")}},
      {"free_bits", "free bits, one group", {objective("free_bits(groups=1,rate={rate})")}},
      {"soft_free_bits", "soft free bits", {objective("soft_free_bits(rate={rate})")}},
      {"ha_bits", "HA bits", {objective("ha_bits(rate={rate})")}},
      {"mdr", "minimum desired rate", {objective("mdr(rate={rate})")}},
      {"hinge", "a hinge at the rate", {objective("hinge(rate={rate})")}},
      {"capacity",
       "a capacity that rises to the rate in two fifths of the run",
       {objective("capacity(rate={rate},steps={ramp})")}},
      {"embedding_dropout",
       "units of the embeddings dropped, 0.4",
       {more_dropout("embedding({drop})")}},
      {"character_dropout", "characters dropped, 0.4", {more_dropout("chars({drop})")}},
      {"contiguous_dropout",
       "spans of characters dropped, 0.4 of all",
       {more_dropout("contiguous({beta},{length})")}},
      {"historyless_a", "the decoder reads no symbol", {{"decoder", "historyless_a"}}},
      {"historyless_b",
       "each character is predicted by itself from z and the tags",
       {{"decoder", "historyless_b"}}},
      {"bag_of_characters",
       "z must also tell the source's characters",
       {{"objective", "bag_of_characters(1)", true}}},
      {"mixture_prior", "a prior of several Gaussians", {{"prior", "mixture"}}},
  };
}

/// Not of `all`: the system of the study, faults and all.
Part compat_part() {
  // A method sets objective and dropout always, so these must be said again.
  return {"compat",
          "the published system's behaviour",
          {{"compat", "akruti"},
           {"objective", compat_value("akruti", "objective")},
           {"dropout", compat_value("akruti", "dropout")}}};
}

std::vector<Part> all_parts() {
  std::vector<Part> all = parts();
  all.push_back(compat_part());
  return all;
}

/// The table that the study meant to make.
constexpr std::string_view study =
    "elbo,linear,exponential,free_bits,soft_free_bits,ha_bits,mdr,elbo+embedding_dropout,"
    "mdr+character_dropout,mdr+contiguous_dropout,mdr+historyless_a,mdr+historyless_b,"
    "mdr+bag_of_characters,compat";

[[noreturn]] void refuse(std::string_view found, const std::string& expected) {
  raise(Error("--methods: found " + std::string(found) + ", expected " + expected));
}

Part part_named(std::string_view name) {
  const std::vector<Part> known = all_parts();
  std::vector<std::string_view> names{"all", "study"};
  for (const Part& part : known) {
    if (part.name == name) return part;
    names.push_back(part.name);
  }
  const std::string_view nearest = kit::nearest_name(name, names);
  refuse("the unknown method '" + std::string(name) + "'",
         nearest.empty() ? "what reinflect compare --help shows"
                         : "'" + std::string(nearest) + "' perhaps");
}

std::string fill_in(std::string_view text, const MethodNumbers& numbers) {
  const auto ramp = static_cast<std::uint64_t>(std::ceil(0.4 * static_cast<double>(numbers.steps)));
  const std::pair<std::string_view, std::string> values[] = {
      {"{drop}", kit::show_number(drop_rate)},
      {"{beta}", kit::show_number(vaecollapse::contiguous_beta(drop_rate, span_length))},
      {"{length}", kit::show_number(span_length)},
      {"{rate}", kit::show_number(numbers.rate)},
      {"{steps}", std::to_string(numbers.steps)},
      {"{ramp}", std::to_string(ramp)}};
  std::string filled(text);
  for (const auto& [name, value] : values) {
    const std::size_t place = filled.find(name);
    if (place != std::string::npos) filled.replace(place, name.size(), value);
  }
  return filled;
}

/// The changes of a method's parts, gathered by setting.
class Gathered {
 public:
  void add(std::string_view method, const Change& change, const MethodNumbers& numbers) {
    std::string text = fill_in(change.text, numbers);
    Entry& entry = entry_of(change.setting);
    if (change.adds) {
      entry.added.push_back(std::move(text));
      return;
    }
    if (!entry.text.empty()) {
      refuse("'" + std::string(method) + "'",
             "one part at most that sets --" + std::string(change.setting));
    }
    entry.text = std::move(text);
  }

  void apply(std::string_view method, Settings& settings) {
    if (entry_of("objective").text.empty()) entry_of("objective").text = "elbo";
    entry_of("dropout");
    for (const Entry& entry : entries_) {
      const Setting* setting = find_setting(entry.setting);
      if (setting == nullptr) {
        refuse("'" + std::string(method) + "', which needs --" + std::string(entry.setting),
               "a method that this program can train");
      }
      set_from_text(settings, *setting, entry.joined());
    }
  }

 private:
  struct Entry {
    std::string_view setting;
    std::string text;
    std::vector<std::string> added;

    std::string joined() const {
      std::string whole = text;
      for (const std::string& more : added) whole += (whole.empty() ? "" : "+") + more;
      return whole.empty() ? "none" : whole;
    }
  };

  Entry& entry_of(std::string_view setting) {
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& entry) { return entry.setting == setting; });
    if (found != entries_.end()) return *found;
    entries_.push_back({setting, {}, {}});
    return entries_.back();
  }

  std::vector<Entry> entries_;
};

}  // namespace

std::vector<std::string> read_methods(std::string_view list) {
  std::vector<std::string> methods;
  kit::Mistakes mistakes;
  const auto add = [&](std::string_view name) {
    for (const std::string_view part : vaecollapse::split(name, '+')) {
      mistakes.keep([&] { part_named(part); });
    }
    if (std::find(methods.begin(), methods.end(), name) != methods.end()) {
      mistakes.keep([&] { refuse("'" + std::string(name) + "' twice", "each method once"); });
    }
    methods.emplace_back(name);
  };
  for (const std::string_view name : vaecollapse::split(list, ',')) {
    if (name == "all") {
      for (const Part& part : parts()) add(part.name);
    } else if (name == "study") {
      for (const std::string_view row : vaecollapse::split(study, ',')) add(row);
    } else {
      add(name);
    }
  }
  mistakes.raise_if_any();
  return methods;
}

Settings settings_of(std::string_view method, Settings base, const MethodNumbers& numbers) {
  Gathered gathered;
  for (const std::string_view name : vaecollapse::split(method, '+')) {
    for (const Change& change : part_named(name).changes) gathered.add(method, change, numbers);
  }
  gathered.apply(method, base);
  return base;
}

std::string method_help() {
  std::string text;
  for (const Part& part : all_parts()) {
    text.append("  ").append(part.name).append(": ").append(part.about).append("\n");
  }
  text.append("  all: each of these alone, but for compat\n");
  return text.append("  study: ").append(study).append("\n");
}

}  // namespace reinflection

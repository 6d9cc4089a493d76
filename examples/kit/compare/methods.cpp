#include "kit/compare/methods.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/dropout/contiguous.hpp>

#include "kit/expression_syntax.hpp"
#include "kit/mistakes.hpp"
#include "kit/numbers.hpp"

namespace kit {

namespace {

using vaecollapse::Error;
using vaecollapse::raise;

/// All dropouts drop this share, so that they can be compared.
constexpr double drop_rate = 0.4;
/// The mean length of the spans of contiguous dropout.
constexpr double span_length = 3.5;

Change objective(const char* text) { return {"objective", text}; }
Change more_dropout(const char* text) { return {"dropout", text, true}; }

[[noreturn]] void refuse(std::string_view found, const std::string& expected) {
  raise(Error("--methods: found " + std::string(found) + ", expected " + expected));
}

std::vector<MethodPart> all_parts(const Methods& methods) {
  std::vector<MethodPart> all = methods.parts;
  all.insert(all.end(), methods.others.begin(), methods.others.end());
  return all;
}

MethodPart part_named(const Methods& methods, std::string_view name) {
  const std::vector<MethodPart> known = all_parts(methods);
  std::vector<std::string_view> names{"all"};
  for (const MethodList& list : methods.lists) names.push_back(list.name);
  for (const MethodPart& part : known) {
    if (part.name == name) return part;
    names.push_back(part.name);
  }
  const std::string_view nearest = nearest_name(name, names);
  refuse("the unknown method '" + std::string(name) + "'",
         nearest.empty() ? "what " + std::string(methods.program) + " compare --help shows"
                         : "'" + std::string(nearest) + "' perhaps");
}

std::string fill_in(std::string_view text, const MethodNumbers& numbers) {
  const auto ramp = static_cast<std::uint64_t>(std::ceil(0.4 * static_cast<double>(numbers.steps)));
  const std::pair<std::string_view, std::string> values[] = {
      {"{drop}", show_number(drop_rate)},
      {"{beta}", show_number(vaecollapse::contiguous_beta(drop_rate, span_length))},
      {"{length}", show_number(span_length)},
      {"{rate}", show_number(numbers.rate)},
      {"{half}", show_number(numbers.rate / 2)},
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
      refuse("'" + std::string(method) + "'", "one part at most that sets --" + change.setting);
    }
    entry.text = std::move(text);
  }

  std::vector<GivenSetting> finish() {
    if (entry_of("objective").text.empty()) entry_of("objective").text = "elbo";
    entry_of("dropout");
    std::vector<GivenSetting> changes;
    for (const Entry& entry : entries_) changes.push_back({entry.setting, entry.joined()});
    return changes;
  }

 private:
  struct Entry {
    std::string setting;
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
    entries_.push_back({std::string(setting), {}, {}});
    return entries_.back();
  }

  std::vector<Entry> entries_;
};

/// The methods that one name of a list stands for.
std::vector<std::string_view> expand(const Methods& methods, std::string_view name) {
  for (const MethodList& list : methods.lists) {
    if (list.name == name) return vaecollapse::split(list.methods, ',');
  }
  if (name != "all") return {name};
  std::vector<std::string_view> names;
  for (const MethodPart& part : methods.parts) names.push_back(part.name);
  return names;
}

}  // namespace

std::vector<MethodPart> policy_parts() {
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
  };
}

std::vector<std::string> read_methods(const Methods& methods, std::string_view list) {
  std::vector<std::string> read;
  Mistakes mistakes;
  const auto add = [&](std::string_view name) {
    for (const std::string_view part : vaecollapse::split(name, '+')) {
      mistakes.keep([&] { part_named(methods, part); });
    }
    if (std::find(read.begin(), read.end(), name) != read.end()) {
      mistakes.keep([&] { refuse("'" + std::string(name) + "' twice", "each method once"); });
    }
    read.emplace_back(name);
  };
  for (const std::string_view name : vaecollapse::split(list, ',')) {
    for (const std::string_view one : expand(methods, name)) add(one);
  }
  mistakes.raise_if_any();
  return read;
}

std::vector<GivenSetting> changes_of(const Methods& methods, std::string_view method,
                                     const MethodNumbers& numbers) {
  Gathered gathered;
  for (const std::string_view name : vaecollapse::split(method, '+')) {
    for (const Change& change : part_named(methods, name).changes) {
      gathered.add(method, change, numbers);
    }
  }
  return gathered.finish();
}

std::string joined_dropouts(const std::string& one, const std::string& other) {
  if (one == "none") return other;
  return other == "none" ? one : one + "+" + other;
}

void refuse_method(std::string_view method, std::string_view setting) {
  refuse("'" + std::string(method) + "', which needs --" + std::string(setting),
         "a method that this program can train");
}

std::string method_help(const Methods& methods) {
  std::string text, others;
  for (const MethodPart& part : all_parts(methods)) {
    text.append("  ").append(part.name).append(": ").append(part.about).append("\n");
  }
  for (const MethodPart& part : methods.others) {
    others.append(others.empty() ? ", but for " : ", ").append(part.name);
  }
  text += "  all: each of these alone" + others + "\n";
  for (const MethodList& list : methods.lists) {
    text.append("  ").append(list.name).append(": ").append(list.methods).append("\n");
  }
  return text;
}

}  // namespace kit

// Visitors of state that learns: one member function names every value that a checkpoint must
// hold, for saving and for loading, so that no trained value is left out.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Receives the named state of an object. The leaf types are fixed: a counter, a real number,
/// and buffers of real numbers whose length the object knows. A saver reads through the
/// references, a loader writes through them.
class Visitor {
 public:
  virtual void operator()(std::string_view name, std::uint64_t& value) = 0;
  virtual void operator()(std::string_view name, double& value) = 0;
  virtual void operator()(std::string_view name, std::span<float> values) = 0;
  virtual void operator()(std::string_view name, std::span<double> values) = 0;
  /// A buffer that most states leave at zero: a saver may leave it out if all of it is, and a
  /// loader takes zeros where there is none.
  virtual void optional(std::string_view name, std::span<double> values) { (*this)(name, values); }

 protected:
  Visitor() = default;
  Visitor(const Visitor&) = default;
  Visitor& operator=(const Visitor&) = default;
  ~Visitor() = default;
};

/// Prefixes every name with `prefix` and a dot, for an object inside another.
class PrefixedVisitor final : public Visitor {
 public:
  PrefixedVisitor(std::string_view prefix, Visitor& inner) : prefix_(prefix), inner_(inner) {}
  void operator()(std::string_view name, std::uint64_t& value) override {
    inner_(full(name), value);
  }
  void operator()(std::string_view name, double& value) override { inner_(full(name), value); }
  void operator()(std::string_view name, std::span<float> values) override {
    inner_(full(name), values);
  }
  void operator()(std::string_view name, std::span<double> values) override {
    inner_(full(name), values);
  }
  void optional(std::string_view name, std::span<double> values) override {
    inner_.optional(full(name), values);
  }

 private:
  std::string full(std::string_view name) const { return prefix_ + "." + std::string(name); }
  std::string prefix_;
  Visitor& inner_;
};

/// An object with state to keep: `void visit(Visitor&)`.
template <class T>
concept Visitable = requires(T& object, Visitor& visitor) {
  object.visit(visitor);
};

/// Visits `object` under `prefix`; an object without state has nothing to show.
template <class T>
void visit_state(std::string_view prefix, T& object, Visitor& visitor) {
  if constexpr (Visitable<T>) {
    PrefixedVisitor prefixed(prefix, visitor);
    object.visit(prefixed);
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

// The one form of a policy that is chosen at run time: a copyable value over an abstract class.
#pragma once

#include <concepts>
#include <memory>

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::detail {

/// A value of any type T as a `Holding<T>`, which is an `Interface`: an abstract class with a
/// virtual destructor. Copies are deep and a const one gives a const Interface, so it behaves as
/// the T itself does. There is no move, so none is ever empty: erase a policy before its state
/// grows large. \cost one virtual call for each call of the Interface
template <class Interface, template <class> class Holding>
class Erased {
 public:
  /// Copies `value` once, or erased values inside each other would be copied 2^depth times.
  template <class T>
  requires(!std::same_as<T, Erased> && std::copy_constructible<T>) explicit Erased(const T& value)
      : held_(std::make_unique<Holding<T>>(value)), copy_(&copy_held<T>) {}

  Erased(const Erased& other) : held_(other.copy_(*other.held_)), copy_(other.copy_) {}
  Erased& operator=(const Erased& other) {
    held_ = other.copy_(*other.held_);
    copy_ = other.copy_;
    return *this;
  }
  ~Erased() = default;

  Interface* operator->() { return held_.get(); }
  const Interface* operator->() const { return held_.get(); }

 private:
  template <class T>
  static std::unique_ptr<Interface> copy_held(const Interface& held) {
    return std::make_unique<Holding<T>>(static_cast<const Holding<T>&>(held));
  }

  std::unique_ptr<Interface> held_;
  std::unique_ptr<Interface> (*copy_)(const Interface&);
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::detail

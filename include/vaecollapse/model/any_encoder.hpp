// An encoder chosen at run time.
#pragma once

#include <concepts>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/erased.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/model/encoder.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// An encoder whose code is a vector a row.
template <class E>
concept VectorEncoder = Encoder<E> &&
    requires(const E& encoder, Tape<float>& tape, const Batch& batch) {
  { encoder(tape, batch) } -> std::same_as<Var<float, 2>>;
};

namespace detail {

/// An encoder.
class HeldEncoder {
 public:
  virtual ~HeldEncoder() = default;
  virtual Index width() const = 0;
  virtual Var<float, 2> encode(Tape<float>& tape, const Batch& batch) const = 0;
  virtual Var<float, 2> encode(Workspace<float>& workspace, const Batch& batch) const = 0;
};

template <class E>
class HoldingEncoder final : public HeldEncoder {
 public:
  explicit HoldingEncoder(const E& encoder) : encoder_(encoder) {}
  Index width() const override { return encoder_.width(); }
  Var<float, 2> encode(Tape<float>& tape, const Batch& batch) const override {
    return encoder_(tape, batch);
  }
  Var<float, 2> encode(Workspace<float>& workspace, const Batch& batch) const override {
    return encoder_(workspace, batch);
  }

 private:
  E encoder_;
};

}  // namespace detail

/// Any encoder to one vector a row, as a copyable value, on tapes and workspaces of float.
/// \cost one virtual call a batch
class AnyEncoder {
 public:
  template <class E>
  requires(!std::same_as<E, AnyEncoder> && VectorEncoder<E>) AnyEncoder(const E& encoder)
      : held_(encoder) {}

  Index width() const { return held_->width(); }
  /// \shape -> [width x B] in canonical order
  template <Context C>
  Var<typename C::scalar_type, 2> operator()(C& cx, const Batch& batch) const {
    static_assert(
        requires(const detail::HeldEncoder& held) { held.encode(cx, batch); },
        "AnyEncoder works on Tape and Workspace of float; with another context use the "
        "encoder itself");
    return held_->encode(cx, batch);
  }

 private:
  detail::Erased<detail::HeldEncoder, detail::HoldingEncoder> held_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI

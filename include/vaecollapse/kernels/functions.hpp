// Functions of one number: what `map_forward` and `map_backward` compute, element by element.
#pragma once

#include <vaecollapse/kernels/elementwise.hpp>
#include <vaecollapse/simd/math.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// y = e^x.
struct Exp {
  template <class Scalar>
  VAECOLLAPSE_INLINE static simd::Pack<Scalar> of(simd::Pack<Scalar> x) {
    return simd::exp<Scalar>(x);
  }
  template <class Scalar>
  VAECOLLAPSE_INLINE static simd::Pack<Scalar> slope(simd::Pack<Scalar>, simd::Pack<Scalar> y) {
    return y;
  }
};

/// y = log x.
struct Log {
  template <class Scalar>
  VAECOLLAPSE_INLINE static simd::Pack<Scalar> of(simd::Pack<Scalar> x) {
    return simd::log<Scalar>(x);
  }
  template <class Scalar>
  VAECOLLAPSE_INLINE static simd::Pack<Scalar> slope(simd::Pack<Scalar> x, simd::Pack<Scalar>) {
    return simd::divide<Scalar>(simd::broadcast<Scalar>(1), x);
  }
};

/// y = x^2.
struct Square {
  template <class Scalar>
  VAECOLLAPSE_INLINE static simd::Pack<Scalar> of(simd::Pack<Scalar> x) {
    return x * x;
  }
  template <class Scalar>
  VAECOLLAPSE_INLINE static simd::Pack<Scalar> slope(simd::Pack<Scalar> x, simd::Pack<Scalar>) {
    return x + x;
  }
};

/// y = sqrt x.
struct Sqrt {
  template <class Scalar>
  VAECOLLAPSE_INLINE static simd::Pack<Scalar> of(simd::Pack<Scalar> x) {
    return simd::sqrt<Scalar>(x);
  }
  template <class Scalar>
  VAECOLLAPSE_INLINE static simd::Pack<Scalar> slope(simd::Pack<Scalar>, simd::Pack<Scalar> y) {
    return simd::divide<Scalar>(simd::broadcast<Scalar>(Scalar(0.5)), y);
  }
};

/// y = 1 / (1 + e^-x). The slope is 0 where y has reached 1, to rounding.
struct Sigmoid {
  template <class Scalar>
  VAECOLLAPSE_INLINE static simd::Pack<Scalar> of(simd::Pack<Scalar> x) {
    return simd::sigmoid<Scalar>(x);
  }
  template <class Scalar>
  VAECOLLAPSE_INLINE static simd::Pack<Scalar> slope(simd::Pack<Scalar>, simd::Pack<Scalar> y) {
    return simd::fnma<Scalar>(y, y, y);
  }
};

/// y = log(1 + e^x).
struct Softplus {
  template <class Scalar>
  VAECOLLAPSE_INLINE static simd::Pack<Scalar> of(simd::Pack<Scalar> x) {
    return simd::softplus<Scalar>(x);
  }
  template <class Scalar>
  VAECOLLAPSE_INLINE static simd::Pack<Scalar> slope(simd::Pack<Scalar> x, simd::Pack<Scalar>) {
    return simd::sigmoid<Scalar>(x);
  }
};

/// y = |x|. The slope at 0 is 0.
struct Abs {
  template <class Scalar>
  VAECOLLAPSE_INLINE static simd::Pack<Scalar> of(simd::Pack<Scalar> x) {
    return simd::detail::magnitude<Scalar>(x);
  }
  template <class Scalar>
  VAECOLLAPSE_INLINE static simd::Pack<Scalar> slope(simd::Pack<Scalar> x, simd::Pack<Scalar>) {
    const auto zero = simd::broadcast<Scalar>(0), one = simd::broadcast<Scalar>(1);
    return simd::select<Scalar>(x == zero, x, simd::detail::with_sign<Scalar>(one, x));
  }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels

// The four operations of arithmetic on two operands: what `pair_forward` and `pair_backward`
// compute, element by element.
#pragma once

#include <vaecollapse/kernels/elementwise.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// y = a + b.
struct Add {
  template <class Scalar>
  VAECOLLAPSE_INLINE static simd::Pack<Scalar> of(simd::Pack<Scalar> a, simd::Pack<Scalar> b) {
    return a + b;
  }
  /// dy/da.
  struct Left {
    template <class Scalar>
    VAECOLLAPSE_INLINE static simd::Pack<Scalar> slope(simd::Pack<Scalar>, simd::Pack<Scalar>,
                                                       simd::Pack<Scalar>) {
      return simd::broadcast<Scalar>(1);
    }
  };
  /// dy/db.
  using Right = Left;
};

/// y = a - b.
struct Subtract {
  template <class Scalar>
  VAECOLLAPSE_INLINE static simd::Pack<Scalar> of(simd::Pack<Scalar> a, simd::Pack<Scalar> b) {
    return a - b;
  }
  /// dy/da.
  using Left = Add::Left;
  /// dy/db.
  struct Right {
    template <class Scalar>
    VAECOLLAPSE_INLINE static simd::Pack<Scalar> slope(simd::Pack<Scalar>, simd::Pack<Scalar>,
                                                       simd::Pack<Scalar>) {
      return simd::broadcast<Scalar>(-1);
    }
  };
};

/// y = a b.
struct Multiply {
  template <class Scalar>
  VAECOLLAPSE_INLINE static simd::Pack<Scalar> of(simd::Pack<Scalar> a, simd::Pack<Scalar> b) {
    return a * b;
  }
  /// dy/da.
  struct Left {
    template <class Scalar>
    VAECOLLAPSE_INLINE static simd::Pack<Scalar> slope(simd::Pack<Scalar>, simd::Pack<Scalar> b,
                                                       simd::Pack<Scalar>) {
      return b;
    }
  };
  /// dy/db.
  struct Right {
    template <class Scalar>
    VAECOLLAPSE_INLINE static simd::Pack<Scalar> slope(simd::Pack<Scalar> a, simd::Pack<Scalar>,
                                                       simd::Pack<Scalar>) {
      return a;
    }
  };
};

/// y = a / b.
struct Divide {
  template <class Scalar>
  VAECOLLAPSE_INLINE static simd::Pack<Scalar> of(simd::Pack<Scalar> a, simd::Pack<Scalar> b) {
    return simd::divide<Scalar>(a, b);
  }
  /// dy/da.
  struct Left {
    template <class Scalar>
    VAECOLLAPSE_INLINE static simd::Pack<Scalar> slope(simd::Pack<Scalar>, simd::Pack<Scalar> b,
                                                       simd::Pack<Scalar>) {
      return simd::divide<Scalar>(simd::broadcast<Scalar>(1), b);
    }
  };
  /// dy/db.
  struct Right {
    template <class Scalar>
    VAECOLLAPSE_INLINE static simd::Pack<Scalar> slope(simd::Pack<Scalar>, simd::Pack<Scalar> b,
                                                       simd::Pack<Scalar> y) {
      return simd::divide<Scalar>(-y, b);
    }
  };
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels

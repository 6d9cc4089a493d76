// `--head-transform`, in the little language of `--objective`. A new transform is a row of the
// table in head_transforms.cpp.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/config.hpp>

#include "kit/expression_syntax.hpp"
#include "kit/method_summary.hpp"

namespace vaecollapse::inline VAECOLLAPSE_ABI {
class AnyHeadTransform;  // its header includes the tape
}

namespace kit {

/// What stands between the posterior's head and its sample.
struct HeadTransformChoice {
  std::function<vaecollapse::AnyHeadTransform()> make;
  std::string text;  ///< the expression in full
};

/// \throws ExpressionError
HeadTransformChoice parse_head_transform(std::string_view expression);

/// What can stand in an expression.
std::vector<MethodSummary> head_transform_methods();

}  // namespace kit

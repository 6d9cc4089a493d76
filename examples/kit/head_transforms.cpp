#include "kit/head_transforms.hpp"

#include <vaecollapse/latent/transform/any.hpp>
#include <vaecollapse/latent/transform/batch_norm.hpp>
#include <vaecollapse/latent/transform/none.hpp>

#include "kit/expression_table.hpp"
#include "kit/numbers.hpp"

namespace kit {

namespace {

using vaecollapse::AnyHeadTransform;
using vaecollapse::BatchNormMeanOptions;
using Make = std::function<AnyHeadTransform()>;
using Given = Arguments<Make>;

/// It is made at once, so that its errors show where the expression is read.
template <class Transform>
Make made(const Transform& transform) {
  return [transform] { return AnyHeadTransform(transform); };
}

Table<Make> head_transforms() {
  return {.noun = "head transform",
          .methods = {
              {"none",
               "mu and logvar are what the heads give",
               {},
               [](const Given&) { return made(vaecollapse::NoHeadTransform()); }},
              {"batch_norm",
               "mu normalised over the batch to the deviation gamma: in training a dimension costs "
               "gamma^2 / 2 nats at least",
               {{"gamma", Parameter::Kind::number, "0.6"},
                {"epsilon", Parameter::Kind::number, show_number(BatchNormMeanOptions().epsilon)}},
               [](const Given& given) {
                 return made(vaecollapse::BatchNormMean<>(given.number("gamma"),
                                                          {.epsilon = given.number("epsilon")}));
               }},
          }};
}

}  // namespace

HeadTransformChoice parse_head_transform(std::string_view expression) {
  const Table<Make> table = head_transforms();
  const auto [make, text] = Binder(expression, table).bind();
  return {make, text};
}

std::vector<MethodSummary> head_transform_methods() { return summaries(head_transforms()); }

}  // namespace kit

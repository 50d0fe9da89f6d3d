#include "lang/asl/expression.h"

#include "lang/asl/intrinsic.h"

namespace thimble::lang::asl {

using base::Json;
using base::Result;

std::string writeJson(const Json& value) {
  return value.write({.doubles = base::DoubleStyle::Java});
}

ExpressionPtr Expression::parse(std::string_view text, bool allow_intrinsics) {
  auto expression = std::make_shared<Expression>();
  expression->text_ = std::string(text);
  if (text.substr(0, 1) == "$") {
    const bool context = text.substr(0, 2) == "$$";
    auto path = jsonpath::Path::parse(text.substr(context ? 1 : 0));
    if (!path.ok()) return nullptr;
    expression->kind_ = context ? Kind::ContextPath : Kind::InputPath;
    expression->path_ = std::move(path).value();
    return expression;
  }
  if (!allow_intrinsics) return nullptr;
  expression->call_ = IntrinsicCall::parse(text);
  if (!expression->call_) return nullptr;
  expression->kind_ = Kind::Intrinsic;
  return expression;
}

const Json* Expression::find(const Json& input, Environment& environment) const {
  if (kind_ == Kind::Intrinsic) return nullptr;
  return path_.find(kind_ == Kind::ContextPath ? environment.context.context() : input);
}

Result<Json, jsonpath::EvaluationError> Expression::read(const Json& input, Environment& environment) const {
  return path_.read(kind_ == Kind::ContextPath ? environment.context.context() : input);
}

Result<Json, WorkflowError> Expression::evaluate(const Json& input, Environment& environment,
                                                 std::string_view field) const {
  if (kind_ == Kind::Intrinsic) return call_->evaluate(input, environment);
  auto value = read(input, environment);
  if (value.ok()) return std::move(value).value();
  return WorkflowError::runtime("The JSONPath '" + text_ + "' specified for the field '" + std::string(field) +
                                "' could not be found in the input '" + writeJson(input) + "'");
}

}  // namespace thimble::lang::asl

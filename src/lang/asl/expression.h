// Expression: what a field ending in ".$" or "Path" holds in the JSONPath query language: a path into the input, a path
// into the context object, or a call of an intrinsic function.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "lang/asl/environment.h"
#include "lang/asl/error.h"
#include "lang/jsonpath/path.h"

namespace thimble::lang::asl {

class IntrinsicCall;

class Expression {
 public:
  enum class Kind { InputPath, ContextPath, Intrinsic };

  /// Nothing when the text is none of the three (or has an intrinsic function where `allow_intrinsics` is false).
  static std::shared_ptr<const Expression> parse(std::string_view text, bool allow_intrinsics = true);

  Kind kind() const { return kind_; }
  const std::string& text() const { return text_; }
  /// The path, without the context's first "$".
  const jsonpath::Path& path() const { return path_; }
  const IntrinsicCall& call() const { return *call_; }

  /// "$": the input as it is.
  bool isWholeInput() const { return kind_ == Kind::InputPath && path_.isRoot(); }

  /// Reads a path (kinds InputPath and ContextPath); the error is the path's own.
  base::Result<base::Json, jsonpath::EvaluationError> read(const base::Json& input, Environment& environment) const;
  /// The node without a copy, for definite paths that find one; else nullptr.
  const base::Json* find(const base::Json& input, Environment& environment) const;
  /// Evaluates any kind. `field` is the name to blame in the message, for example "value.$".
  base::Result<base::Json, WorkflowError> evaluate(const base::Json& input, Environment& environment,
                                                   std::string_view field) const;

 private:
  Kind kind_ = Kind::InputPath;
  std::string text_;
  jsonpath::Path path_;
  std::shared_ptr<const IntrinsicCall> call_;
};

using ExpressionPtr = std::shared_ptr<const Expression>;

/// The JSON text that Step Functions writes: compact, numbers as Java writes them.
std::string writeJson(const base::Json& value);

}  // namespace thimble::lang::asl

// Intrinsic functions: States.Format(...) and its kin.
// https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lang/asl/environment.h"
#include "lang/asl/error.h"
#include "lang/asl/expression.h"

namespace thimble::lang::asl {

/// Calls inside of calls, the outermost counted.
inline constexpr int kMaxIntrinsicDepth = 10;
/// Elements that States.ArrayRange may make and States.ArrayPartition may return.
inline constexpr std::size_t kMaxRangeElements = 1000;
/// Characters that the Base64 and hash functions take.
inline constexpr std::size_t kMaxEncodedCharacters = 10'000;

class IntrinsicCall {
 public:
  struct Argument {
    enum class Kind { Literal, Path, Call };
    Kind kind = Kind::Literal;
    base::Json literal;  ///< For strings with "\'" and "\\" resolved, but "\{" and "\}" kept.
    ExpressionPtr path;
    std::shared_ptr<const IntrinsicCall> call;
  };

  /// Nothing when the text is not a call of a known function with as many arguments as it takes.
  static std::shared_ptr<const IntrinsicCall> parse(std::string_view text);

  base::Result<base::Json, WorkflowError> evaluate(const base::Json& input, Environment& environment) const;

 private:
  friend class IntrinsicReader;

  std::string text_;
  std::string name_;  ///< Without "States.".
  std::vector<Argument> arguments_;
};

/// A value in a text as Java's toString writes it: {a=1, b=[x, y]}.
std::string javaText(const base::Json& value);

}  // namespace thimble::lang::asl

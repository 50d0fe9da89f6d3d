// Payload templates: Parameters, ResultSelector, ItemSelector. Names ending in ".$" hold expressions; all else is as
// written.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lang/asl/expression.h"

namespace thimble::lang::asl {

class PayloadTemplate {
 public:
  /// The name of the first field with a bad expression goes to `bad_field`, and nothing is returned.
  static std::shared_ptr<const PayloadTemplate> parse(const base::Json& source, std::string& bad_field);

  base::Result<base::Json, WorkflowError> evaluate(const base::Json& input, Environment& environment) const;

 private:
  struct Member {
    std::string name;                              ///< As it is in the result, without ".$".
    std::string field;                             ///< As written.
    ExpressionPtr expression;                      ///< Set for a ".$" member;
    std::shared_ptr<const PayloadTemplate> inner;  ///< else set.
  };

  bool constant_ = true;
  base::Json value_;  ///< A constant, kept whole.
  bool is_array_ = false;
  std::vector<Member> members_;  ///< Of an object, or (nameless) of an array.
};

using PayloadTemplatePtr = std::shared_ptr<const PayloadTemplate>;

}  // namespace thimble::lang::asl

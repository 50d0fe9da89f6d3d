// Template parameters: their declarations, and the values given for them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "lang/template/error.h"

namespace thimble::lang::template_ {

/// Checks the Parameters section (or null).
Outcome<void> validateParameterDeclarations(const base::Json& parameters);

/// A value as a caller gives it.
struct GivenParameter {
  std::string key;
  std::optional<std::string> value;  ///< None when the previous value is to be used.
  bool use_previous = false;
  std::optional<std::string> stored = std::nullopt;  ///< Of a stored parameter: what Parameter Store has for it.
};

/// A declared parameter with its value.
struct ParameterValue {
  std::string key;
  std::string text;  ///< As given or defaulted: what DescribeStacks shows.
  base::Json value;  ///< What Ref gives: a string, or a list of strings.
  bool no_echo = false;
  bool stored = false;  ///< `text` is a name in Parameter Store, and `value` what it stands for.
};

/// Whether a parameter's type, "AWS::SSM::Parameter::Value<...>", says that its value is a name in Parameter Store.
bool isStoredParameter(const base::Json& declaration);

/// Values of all declared parameters, in the order of declaration. `previous` are those of the stack that is updated.
/// Errors name missing and surplus keys and values that break a declared constraint.
Outcome<std::vector<ParameterValue>> resolveParameters(const base::Json& declarations,
                                                       const std::vector<GivenParameter>& given,
                                                       const std::vector<ParameterValue>& previous);

/// The text of a scalar as CloudFormation makes a string of it: true is "true", 3 is "3".
std::string scalarText(const base::Json& scalar);

}  // namespace thimble::lang::template_

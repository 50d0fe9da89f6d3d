// Intrinsic functions in their long form: making and recognising them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/sam/value.h"

namespace thimble::lang::sam {

Value ref(const Text& name);
Value getAtt(const Text& logical_id, const Text& attribute);
Value sub(const Text& text, const Value& variables = {});
/// {"Fn::If": [condition, then, else]}; without an `otherwise` the value is removed (AWS::NoValue).
Value conditional(const Value& condition, const Value& then, const Value& otherwise = {});
Value notCondition(const Text& condition);
/// Joined by "Fn::Or" over {"Condition": name}.
Value orConditions(const std::vector<std::string>& conditions);
/// A condition of that name that is the or of all; of several layers where there are more than ten. Nothing when there
/// are fewer than two. As members for the template's Conditions.
Value combinedConditions(std::vector<std::string> conditions, const std::string& name);

/// A map of one member whose name is Ref, Condition or begins with "Fn::".
bool isIntrinsic(const Value& value);
bool isIntrinsicIf(const Value& value);
bool isNoValue(const Value& value);
/// The message of a malformed Fn::If; nothing when it has its three arguments.
std::optional<std::string> faultInIfArguments(const Value& arguments);
/// The logical id in a Ref or Fn::GetAtt; null when there is none.
Value logicalIdOf(const Value& value);
/// "${Id}" or "${Id.Attribute}" of a Ref or Fn::GetAtt.
std::string shorthand(const Value& value);

/// arn:PARTITION:service:${AWS::Region}:${AWS::AccountId}:resource, for use in Fn::Sub.
std::string arnPattern(std::string_view partition, std::string_view service, std::string_view resource,
                       std::string_view account = "${AWS::AccountId}:", std::string_view region = "${AWS::Region}");

}  // namespace thimble::lang::sam

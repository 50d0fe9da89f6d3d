// Intrinsic functions and conditions: a template value to the value that a resource gets.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "lang/template/error.h"
#include "lang/template/parameters.h"

namespace thimble::lang::template_ {

/// What stands, in a change set, for a value that only its execution brings.
inline constexpr std::string_view kKnownAfterApply = "{{changeSet:KNOWN_AFTER_APPLY}}";

/// Values of the pseudo parameters.
struct Pseudo {
  std::string account;
  std::string region;
  std::string partition = "aws";
  std::string stack_id;
  std::string stack_name;
  std::string url_suffix = "amazonaws.com";
  std::vector<std::string> notification_arns;
};

/// What Ref, Fn::GetAtt and Fn::ImportValue find outside of the template. Nothing: not known yet.
class References {
 public:
  virtual ~References() = default;
  virtual Outcome<std::optional<base::Json>> ref(const std::string& resource) const = 0;
  virtual Outcome<std::optional<base::Json>> getAtt(const std::string& resource,
                                                    const std::string& attribute) const = 0;
  virtual Outcome<std::optional<base::Json>> importValue(const std::string& name) const = 0;
};

/// References of which nothing is known yet.
class UnknownReferences final : public References {
 public:
  Outcome<std::optional<base::Json>> ref(const std::string&) const override;
  Outcome<std::optional<base::Json>> getAtt(const std::string&, const std::string&) const override;
  Outcome<std::optional<base::Json>> importValue(const std::string&) const override;
};

/// All that a template's values depend on, resources aside.
struct Scope {
  base::Json mappings;  ///< The Mappings section, or null.
  std::vector<ParameterValue> parameters;
  Pseudo pseudo;
  std::map<std::string, bool> conditions;  ///< Filled by evaluateConditions.
};

/// Evaluates the Conditions section (or null); each condition once, cycles refused.
Outcome<std::map<std::string, bool>> evaluateConditions(const base::Json& conditions, const Scope& scope);

/// A condition function of the Rules section or an inline one: true or false.
Outcome<bool> evaluateCondition(const base::Json& condition, const Scope& scope);

/// The value with all functions applied. Nothing when it is AWS::NoValue; members and elements that are, are left out.
/// A function over something unknown gives kKnownAfterApply.
Outcome<std::optional<base::Json>> evaluate(const base::Json& value, const Scope& scope, const References& references);

}  // namespace thimble::lang::template_

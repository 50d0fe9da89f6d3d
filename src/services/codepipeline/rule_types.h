// The types of rules that conditions of stages may have.
// https://docs.aws.amazon.com/codepipeline/latest/userguide/rule-reference.html
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace thimble::services::codepipeline {

struct RuleProperty {
  const char* name;  ///< nullptr: no more.
  bool required = false;
};

struct RuleType {
  std::string_view provider;
  std::array<RuleProperty, 3> configuration;
  std::int64_t most_inputs;
  bool skips;  ///< May decide before the entry of a stage whether it is skipped.
};

inline constexpr std::array<RuleType, 5> kRuleTypes = {{
    {"CodeBuild", {{{"ProjectName", true}, {"PrimarySource"}, {"EnvironmentVariables"}}}, 5, false},
    {"Commands", {}, 10, false},
    {"DeploymentWindow", {{{"Cron", true}, {"TimeZone"}, {nullptr}}}, 0, false},
    {"LambdaInvoke", {{{"FunctionName", true}, {"UserParameters"}, {nullptr}}}, 5, true},
    {"VariableCheck", {{{"Operator", true}, {"Value", true}, {"Variable", true}}}, 0, true},
}};

}  // namespace thimble::services::codepipeline

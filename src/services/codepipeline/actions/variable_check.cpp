// The rule VariableCheck: compares a variable with a value.
// https://docs.aws.amazon.com/codepipeline/latest/userguide/rule-reference-VariableCheck.html
#include <re2/re2.h>

#include "services/codepipeline/actions/kinds.h"

namespace thimble::services::codepipeline {
namespace {

class VariableCheck final : public ActionProvider {
 public:
  ActionStep begin(const ActionInput& input, base::Json&) const override {
    const std::string variable = input.configuration.stringAt("Variable");
    const std::string value = input.configuration.stringAt("Value");
    const std::string operation = input.configuration.stringAt("Operator");
    bool holds = false;
    if (operation == "EQ") {
      holds = variable == value;
    } else if (operation == "NE") {
      holds = variable != value;
    } else if (operation == "CONTAINS") {
      holds = variable.find(value) != std::string::npos;
    } else if (operation == "MATCHES") {
      const re2::RE2 pattern(value, re2::RE2::Quiet);  // Linear in time, whatever the pattern.
      if (!pattern.ok()) return ActionStep::fail("ConfigurationError", "The Value " + value + " is no valid pattern.");
      holds = re2::RE2::FullMatch(variable, pattern);
    } else {
      return ActionStep::fail("ConfigurationError", "The Operator " + operation + " is not valid.");
    }
    ActionReport report;
    report.summary = "Variable " + variable + " " + operation + " " + value;
    if (holds) return ActionStep::succeed(std::move(report));
    return ActionStep::fail("JobFailed", report.summary + " does not hold.", report);
  }
};

}  // namespace

const ActionProvider& variableCheck() {
  static const VariableCheck provider;
  return provider;
}

}  // namespace thimble::services::codepipeline

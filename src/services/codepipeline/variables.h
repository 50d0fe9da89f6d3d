// Variables in actions' configuration: #{namespace.key}, #{variables.name}, #{codepipeline.PipelineExecutionId}.
// https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-variables.html
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/result.h"

namespace thimble::services::codepipeline {

/// The value of a variable, or nothing when there is none.
using FindVariable = std::function<std::optional<std::string>(const std::string& name_space, const std::string& key)>;

/// The reference that has no value.
struct UnknownVariable {
  std::string reference;
};

/// Replaces all references in a text. What does not look like one stays.
base::Result<std::string, UnknownVariable> resolveVariables(const std::string& text, const FindVariable& find);
/// The same in every text of a value, however deep. A null is an empty object.
base::Result<base::Json, UnknownVariable> resolveConfiguration(const base::Json& configuration,
                                                               const FindVariable& find);

}  // namespace thimble::services::codepipeline

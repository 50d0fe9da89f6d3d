// What a target gets of an event: Input, InputPath, InputTransformer, or the event itself. Pure.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"

namespace thimble::services::events {

/// What aws.events.* stands for in a template.
struct TransformFacts {
  std::string rule_arn;
  std::string rule_name;
  base::Timestamp ingestion_time;
};

/// JSON text, but for templates that make none.
std::string targetInput(const base::Json& target, const base::Json& event, const TransformFacts& facts);

/// Errors: ValidationException for a template that names an unknown variable or can make no JSON.
base::Result<void> checkTemplate(const base::Json& transformer, const std::string& target_id);

}  // namespace thimble::services::events

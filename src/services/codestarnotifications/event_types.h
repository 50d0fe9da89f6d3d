// AWS's event types of notification rules, and which of EventBridge's events each one stands for. Pure.
// https://docs.aws.amazon.com/dtconsole/latest/userguide/concepts.html#concepts-api
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/json.h"

namespace thimble::services::codestarnotifications {

struct EventType {
  std::string_view id;           ///< "codepipeline-pipeline-stage-execution-failed".
  std::string_view name;         ///< "Stage execution: Failed".
  std::string_view service;      ///< "CodePipeline".
  std::string_view resource;     ///< "Pipeline".
  std::string_view source;       ///< "aws.codepipeline".
  std::string_view detail_type;  ///< Of the event.
  std::string_view member;       ///< Of the event's detail; its value has to be `value`.
  std::string_view value;
};

std::span<const EventType> eventTypes();
/// nullptr when there is none of that id.
const EventType* findEventType(std::string_view id);
/// Whether an event, as EventBridge delivers it, is of that type.
bool isOfType(const EventType& type, const base::Json& event);
/// The ARN of the resource that a rule would name for the event; empty when it has none.
std::string resourceOf(const base::Json& event);

}  // namespace thimble::services::codestarnotifications

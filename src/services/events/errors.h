// EventBridge's errors, word for word.
#pragma once

#include <string>

#include "base/api_error.h"

namespace thimble::services::events {

inline base::ApiError validation(std::string message) {
  return {"ValidationException", std::move(message), 400};
}
inline base::ApiError notFound(std::string message) {
  return {"ResourceNotFoundException", std::move(message), 400};
}
inline base::ApiError alreadyExists(std::string message) {
  return {"ResourceAlreadyExistsException", std::move(message), 400};
}
inline base::ApiError busNotFound(const std::string& name) {
  return notFound("Event bus " + name + " does not exist.");
}
inline base::ApiError ruleNotFound(const std::string& name, const std::string& bus) {
  return notFound("Rule " + name + " does not exist on EventBus " + bus + ".");
}
inline base::ApiError limitExceeded() {
  return {"LimitExceededException", "The requested resource exceeds the maximum number allowed.", 400};
}
inline base::ApiError invalidPattern(const std::string& reason) {
  return {"InvalidEventPatternException", "Event pattern is not valid. Reason: " + reason, 400};
}
inline base::ApiError notImplemented(const std::string& what) {
  return {"NotImplemented", "Thimble does not implement " + what + " of Amazon EventBridge yet.", 501};
}

}  // namespace thimble::services::events

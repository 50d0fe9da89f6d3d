// SNS's errors. https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html
#pragma once

#include <string>

#include "base/api_error.h"

namespace thimble::services::sns {

/// "Invalid parameter: <what>".
inline base::ApiError invalidParameter(const std::string& what) {
  return {"InvalidParameter", "Invalid parameter: " + what, 400};
}
inline base::ApiError topicNotFound() {
  return {"NotFound", "Topic does not exist", 404};
}
inline base::ApiError subscriptionNotFound() {
  return {"NotFound", "Subscription does not exist", 404};
}
inline base::ApiError resourceNotFound() {
  return {"ResourceNotFound", "Resource does not exist", 404};
}
/// What SNS says of a map that has to be there and has nothing in it.
inline base::ApiError noAttributes() {
  return {
      "ValidationError",
      "1 validation error detected: Value null at 'attributes' failed to satisfy constraint: Member must not be null",
      400};
}
inline base::ApiError notImplemented(const std::string& what) {
  return {"NotImplemented", "Thimble does not implement " + what + " of Amazon SNS yet.", 501};
}

}  // namespace thimble::services::sns

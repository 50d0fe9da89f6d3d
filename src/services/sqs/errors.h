// SQS's errors, by their shapes' names; the older codes of the query protocol are wire/protocols/query_error.h's.
#pragma once

#include <string>

#include "base/api_error.h"

namespace thimble::services::sqs {

inline base::ApiError queueDoesNotExist() {
  return {"QueueDoesNotExist", "The specified queue does not exist.", 400};
}
inline base::ApiError invalidParameter(std::string message) {
  return {"InvalidParameterValueException", std::move(message), 400};
}
inline base::ApiError invalidValue(const std::string& value, const std::string& parameter, const std::string& reason) {
  return invalidParameter("Value " + value + " for parameter " + parameter + " is invalid. Reason: " + reason);
}
inline base::ApiError missingParameter(const std::string& parameter) {
  return {"MissingRequiredParameterException", "The request must contain the parameter " + parameter + ".", 400};
}
inline base::ApiError invalidAttributeName(const std::string& name) {
  return {"InvalidAttributeName", "Unknown Attribute " + name + ".", 400};
}
inline base::ApiError invalidAttributeValue(const std::string& name) {
  return {"InvalidAttributeValue", "Invalid value for the parameter " + name + ".", 400};
}

}  // namespace thimble::services::sqs

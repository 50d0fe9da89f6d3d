// CodeBuild's errors, word for word.
#pragma once

#include <string>

#include "base/api_error.h"

namespace thimble::services::codebuild {

inline base::ApiError invalidInput(std::string message) {
  return {"InvalidInputException", std::move(message), 400};
}
inline base::ApiError projectExists(const std::string& arn) {
  return {"ResourceAlreadyExistsException", "Project already exists: " + arn, 400};
}
inline base::ApiError projectNotFound(const std::string& arn) {
  return {"ResourceNotFoundException", "Project cannot be found: " + arn, 400};
}
inline base::ApiError buildNotFound(const std::string& id) {
  return {"ResourceNotFoundException", "Build cannot be found: " + id, 400};
}
inline base::ApiError invalidBuildId() {
  return invalidInput("Invalid build ID provided");
}
inline base::ApiError invalidNextToken() {
  return invalidInput("Invalid next token");
}
inline base::ApiError notHere(const std::string& what) {
  return invalidInput(what + " is not supported by Thimble.");
}

}  // namespace thimble::services::codebuild

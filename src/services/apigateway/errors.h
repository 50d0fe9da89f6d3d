// API Gateway's errors.
// https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html
#pragma once

#include <string>

#include "base/api_error.h"

namespace thimble::services::apigateway {

inline base::ApiError badRequest(std::string message) {
  return {"BadRequestException", std::move(message), 400};
}
inline base::ApiError notFound(std::string message) {
  return {"NotFoundException", std::move(message), 404};
}
inline base::ApiError conflict(std::string message) {
  return {"ConflictException", std::move(message), 409};
}

inline base::ApiError apiNotFound(const std::string& account, const std::string& id) {
  return notFound("Invalid API identifier specified " + account + ":" + id);
}
inline base::ApiError resourceNotFound() {
  return notFound("Invalid Resource identifier specified");
}
inline base::ApiError methodNotFound() {
  return notFound("Invalid Method identifier specified");
}
inline base::ApiError integrationNotFound() {
  return notFound("Invalid Integration identifier specified");
}
inline base::ApiError responseNotFound() {
  return notFound("Invalid Response status code specified");
}

}  // namespace thimble::services::apigateway

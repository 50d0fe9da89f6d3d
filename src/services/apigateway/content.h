// Payloads as text.
#pragma once

#include <string>

namespace thimble::services::apigateway {

/// Bytes that are no UTF-8 become U+FFFD, as API Gateway does with what it takes for text.
std::string asText(const std::string& bytes);

}  // namespace thimble::services::apigateway

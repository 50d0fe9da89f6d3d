// Gateway responses: what API Gateway itself answers when no integration does.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "services/apigateway/document.h"

namespace thimble::services::apigateway {

struct GatewayResponseType {
  std::string_view name;    ///< For example "ACCESS_DENIED".
  std::string_view status;  ///< Empty: the status of the error that falls back to it.
  std::string_view error;   ///< The x-amzn-ErrorType header.
};

/// All types, in the order of GetGatewayResponses.
std::span<const GatewayResponseType> gatewayResponseTypes();
const GatewayResponseType* findGatewayResponseType(std::string_view name);

/// What the API has for a type: its own, or AWS's default.
Json gatewayResponse(const Json& document, const GatewayResponseType& type);

}  // namespace thimble::services::apigateway

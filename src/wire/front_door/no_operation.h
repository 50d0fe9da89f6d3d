// What the frame that AWS's JSON services have in common answers when a request names no operation.
#pragma once

#include <cstdint>
#include <string>

#include "wire/http/message.h"
#include "wire/router/router.h"

namespace thimble::wire {

/// The longest body that is looked at before a request's operation is known.
constexpr std::uint64_t kMostWithoutOperation = std::uint64_t{16} << 20;

/// The JSON media type that a request is answered in: its own, or the plain one.
std::string jsonTypeOf(const http::Headers& headers);

http::HttpResponse answerWithoutOperation(http::HttpRequest& request, const Route& route, std::string_view request_id);

}  // namespace thimble::wire

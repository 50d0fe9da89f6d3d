// Outcomes of calls as HTTP answers.
#pragma once

#include <string_view>

#include "wire/front_door/call_sink.h"
#include "wire/http/message.h"
#include "wire/protocols/protocol.h"

namespace thimble::wire {

/// A message whose parts the protocol wrote.
http::HttpResponse toResponse(protocols::ResponseParts parts);

/// The answer to a call; `head_only` when the request was HEAD, so that only the length of the payload is told.
http::HttpResponse toResponse(const shapes::Operation& operation, WireOutcome outcome, std::string_view request_id,
                              bool head_only, protocols::Spoken spoken = protocols::Spoken::Own);

/// Bytes as a pulled source; they are read on the thread that pulls.
std::shared_ptr<http::ByteSource> toStream(platform::ByteSourcePointer bytes);

}  // namespace thimble::wire

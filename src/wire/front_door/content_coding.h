// HTTP's content codings, as far as DynamoDB has them: it reads requests in gzip, which some SDKs send, and packs long
// answers for callers that say they accept it. Signatures and checksums are of the bytes that travel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "wire/http/message.h"

namespace thimble::wire {

enum class ContentCoding : std::uint8_t { Identity, Gzip, Deflate };

/// What answers are packed in. The highest weight counts, then the order. "identity" has no say: who names another
/// coding too gets that.
ContentCoding acceptedCoding(const http::Headers& headers);

/// Packs an answer that is long enough to gain by it.
void encodeContent(ContentCoding coding, http::HttpResponse& response);

/// Undoes a request's Content-Encoding. What it makes may not be longer than `most` bytes.
base::Result<void> decodeContent(const http::Headers& headers, std::string& body, std::size_t most);

}  // namespace thimble::wire

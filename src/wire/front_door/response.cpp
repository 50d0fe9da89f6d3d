#include "wire/front_door/response.h"

#include <algorithm>
#include <system_error>

#include "base/encoding.h"

namespace thimble::wire {
namespace {

class PulledBytes final : public http::ByteSource {
 public:
  explicit PulledBytes(platform::ByteSourcePointer bytes) : bytes_(std::move(bytes)) {}

  std::optional<std::uint64_t> size() const override { return bytes_->size(); }

  void pull(std::size_t max, Ready ready) override {
    Chunk chunk;
    chunk.bytes.resize(std::min<std::uint64_t>(max, bytes_->size() - offset_));
    try {
      chunk.bytes.resize(bytes_->read(offset_, chunk.bytes.data(), chunk.bytes.size()));
    } catch (const std::system_error&) {
      chunk = {.bytes = {}, .end = false, .failed = true};
      ready(std::move(chunk));
      return;
    }
    offset_ += chunk.bytes.size();
    chunk.end = offset_ >= bytes_->size();
    chunk.failed = chunk.bytes.empty() && !chunk.end;
    ready(std::move(chunk));
  }

 private:
  platform::ByteSourcePointer bytes_;
  std::uint64_t offset_ = 0;
};

/// Tells a length, for the answer to a HEAD.
class LengthOnly final : public http::ByteSource {
 public:
  explicit LengthOnly(std::uint64_t length) : length_(length) {}
  std::optional<std::uint64_t> size() const override { return length_; }
  void pull(std::size_t, Ready ready) override { ready({.bytes = {}, .end = true, .failed = false}); }

 private:
  std::uint64_t length_;
};

void addRequestIds(http::HttpResponse& response, const shapes::Service& service, std::string_view request_id) {
  if (service.name == "s3") {
    response.headers.set("x-amz-request-id", request_id);
    response.headers.set("x-amz-id-2", base::encodeBase64(request_id));
  } else {
    response.headers.set("x-amzn-RequestId", request_id);
  }
  if (service.name == "dynamodb" || service.name == "dynamodbstreams") {
    response.headers.set("Server", "Server");
    response.headers.set("x-amz-crc32", std::to_string(base::crc32(response.body)));
  }
}

}  // namespace

std::shared_ptr<http::ByteSource> toStream(platform::ByteSourcePointer bytes) {
  return std::make_shared<PulledBytes>(std::move(bytes));
}

http::HttpResponse toResponse(protocols::ResponseParts parts) {
  http::HttpResponse response;
  response.status = parts.status;
  response.headers = std::move(parts.headers);
  response.body = std::move(parts.body);
  return response;
}

http::HttpResponse toResponse(const shapes::Operation& operation, WireOutcome outcome, std::string_view request_id,
                              bool head_only, protocols::Spoken spoken) {
  http::HttpResponse response;
  if (!outcome.ok()) {
    response = toResponse(protocols::writeError(*operation.service, &operation, outcome.error(), request_id, spoken));
    if (head_only) response.body.clear();
  } else {
    response =
        toResponse(protocols::writeResponse(operation, outcome->output, request_id, outcome->http_status, spoken));
    const base::Json& length = outcome->output["ContentLength"];
    if (head_only && length.isInt()) {
      response.stream = std::make_shared<LengthOnly>(static_cast<std::uint64_t>(length.asInt()));
    } else if (outcome->body) {
      response.stream = toStream(std::move(outcome->body));
    }
    response.headers.erase("content-length");
  }
  addRequestIds(response, *operation.service, request_id);
  return response;
}

}  // namespace thimble::wire

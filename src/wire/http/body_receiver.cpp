#include "wire/http/body_receiver.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace thimble::wire::http {
namespace {

// A file is written in pieces of this size.
constexpr std::size_t kWriteSize = std::size_t{256} << 10;
// aws-chunked framing is longer than what it carries; nobody may send more than this many times the limit.
constexpr std::uint64_t kRawFactor = 8;

base::ApiError storageFailed(int error) {
  // Out of space is the operator's to mend, and clients may try again once it is.
  return {.code = "ServiceUnavailable",
          .message = std::string("The request body cannot be stored: ") + std::strerror(error),
          .http_status = error == ENOSPC || error == EDQUOT ? 507 : 503};
}

}  // namespace

base::ApiError bodyTooLarge(std::uint64_t limit) {
  return {.code = "RequestEntityTooLargeException",
          .message = "Request must be smaller than " + std::to_string(limit) + " bytes",
          .http_status = 413};
}

BodyReceiver::BodyReceiver(BodyPlan& plan, const SpoolOptions& spool) : plan_(plan), spool_(spool) {}

BodyReceiver::~BodyReceiver() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

base::Result<void> BodyReceiver::accept(std::string_view bytes) {
  if (!plan_.decoder) return keep(bytes);
  raw_size_ += bytes.size();
  if (raw_size_ / kRawFactor > plan_.max_bytes + kWriteSize) return bodyTooLarge(plan_.max_bytes);
  decoded_.clear();
  TRY(plan_.decoder->feed(bytes, decoded_));
  return keep(decoded_);
}

base::Result<void> BodyReceiver::keep(std::string_view bytes) {
  size_ += bytes.size();
  if (size_ > plan_.max_bytes) return bodyTooLarge(plan_.max_bytes);
  if (plan_.sink) return plan_.sink->accept(bytes);
  memory_ += bytes;
  if (size_ <= spool_.above) return {};
  if (!file_) {
    std::string path = spool_.folder + "/body-XXXXXX";
    descriptor_ = ::mkostemp(path.data(), O_CLOEXEC);
    if (descriptor_ < 0) return storageFailed(errno);
    file_ = std::make_shared<StagedFile>(path);
    if (!plan_.digests.empty()) digester_.emplace(plan_.digests);
  }
  if (memory_.size() >= kWriteSize) return flushToFile();
  return {};
}

base::Result<void> BodyReceiver::flushToFile() {
  if (digester_) digester_->update(memory_);
  std::string_view left = memory_;
  while (!left.empty()) {
    const ssize_t written = ::write(descriptor_, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return storageFailed(errno);
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  memory_.clear();
  return {};
}

base::Result<void> BodyReceiver::finish(HttpRequest& request) {
  if (plan_.decoder) {
    TRY_ASSIGN(request.trailers, plan_.decoder->finish());
  }
  if (plan_.sink) return plan_.sink->finish();
  if (!file_) {
    request.body = Body(std::move(memory_));
    return {};
  }
  TRY(flushToFile());
  if (::close(std::exchange(descriptor_, -1)) != 0) return storageFailed(errno);
  request.body =
      Body(std::move(file_), size_, digester_ ? digester_->finish() : std::map<base::DigestKind, std::string>());
  return {};
}

}  // namespace thimble::wire::http

#include "services/lambda/runtime/log_buffer.h"

#include <algorithm>

#include "base/encoding.h"

namespace thimble::services::lambda::runtime {

void LogBuffer::begin() {
  tail_.clear();
  written_ = 0;
  left_out_ = 0;
}

void LogBuffer::append(std::string_view bytes, base::Timestamp now) {
  const std::size_t room = kInvocationBytes - std::min(written_, kInvocationBytes);
  if (bytes.size() > room) {
    left_out_ += bytes.size() - room;
    bytes = bytes.substr(0, room);
  }
  written_ += bytes.size();
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    const std::size_t take = std::min({newline, bytes.size(), kLineBytes - partial_.size()});
    partial_ += bytes.substr(0, take);
    bytes.remove_prefix(take);
    if (!bytes.empty() && bytes[0] == '\n') {
      bytes.remove_prefix(1);
      finish(now);
    } else if (partial_.size() >= kLineBytes) {
      finish(now);
    }
  }
}

void LogBuffer::line(std::string_view text, base::Timestamp now) {
  if (!partial_.empty()) finish(now);
  partial_ = text;
  finish(now);
}

void LogBuffer::end(base::Timestamp now) {
  if (!partial_.empty()) finish(now);
  if (left_out_ != 0) {
    line("[" + std::to_string(left_out_) + " bytes of output were left out: an invocation may write " +
             std::to_string(kInvocationBytes) + " bytes]",
         now);
    left_out_ = 0;
  }
}

void LogBuffer::finish(base::Timestamp now) {
  std::string text = base::wellFormedUtf8(partial_);
  partial_.clear();
  tail_ += text;
  tail_ += '\n';
  if (tail_.size() > 4 * kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
  bytes_ += text.size() + 1;
  lines_.push_back({now, std::move(text)});
}

std::vector<LogLine> LogBuffer::take() {
  bytes_ = 0;
  std::vector<LogLine> lines;
  lines.swap(lines_);
  return lines;
}

}  // namespace thimble::services::lambda::runtime

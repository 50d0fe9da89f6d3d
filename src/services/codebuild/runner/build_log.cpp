#include "services/codebuild/runner/build_log.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"

namespace thimble::services::codebuild::runner {
namespace {

/// Of one build. AWS has no such bound, but its disks are not this machine's.
constexpr std::size_t kMostBytes = std::size_t{64} << 20;
/// CloudWatch Logs takes events of 256 KiB.
constexpr std::size_t kMostLine = 200 * 1024;
constexpr std::size_t kShortestSecret = 3;

}  // namespace

std::string maskSecrets(std::string text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3)) {
      text.replace(at, secret.size(), "***");
    }
  }
  return text;
}

void BuildLog::addSecret(const std::string& value) {
  // A line at a time is looked at, so a secret of several lines is several.
  for (std::size_t begin = 0; begin < value.size();) {
    const std::size_t end = std::min(value.find('\n', begin), value.size());
    if (end - begin >= kShortestSecret) secrets_.push_back(value.substr(begin, end - begin));
    begin = end + 1;
  }
  std::sort(secrets_.begin(), secrets_.end(),
            [](const std::string& left, const std::string& right) { return left.size() > right.size(); });
}

void BuildLog::say(std::string_view text) {
  endLine();
  std::string date = base::formatIso8601Milliseconds(clock_.now());
  date[4] = date[7] = '/';
  date[10] = ' ';
  date.pop_back();
  take("[Container] " + date + "000 " + std::string(text));
}

void BuildLog::append(std::string_view bytes) {
  if (full_) return;
  for (;;) {
    const std::size_t end = bytes.find('\n');
    rest_ += bytes.substr(0, end);
    while (rest_.size() > kMostLine) {
      take(rest_.substr(0, kMostLine));
      rest_.erase(0, kMostLine);
    }
    if (end == std::string_view::npos) return;
    take(std::move(rest_));
    rest_.clear();
    bytes.remove_prefix(end + 1);
  }
}

void BuildLog::endLine() {
  if (!rest_.empty()) take(std::exchange(rest_, {}));
}

void BuildLog::take(std::string line) {
  if (full_) return;
  bytes_ += line.size() + 1;
  if (bytes_ > kMostBytes) {
    full_ = true;
    line = "[Container] The log is longer than 64 MiB; the rest is left out";
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  lines_.push_back({clock_.now(), maskSecrets(base::wellFormedUtf8(line), secrets_) + "\n"});
}

void BuildLog::flush() {
  if (lines_.empty()) return;
  sink_(std::exchange(lines_, {}));
}

}  // namespace thimble::services::codebuild::runner

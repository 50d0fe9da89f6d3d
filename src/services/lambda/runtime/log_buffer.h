// What an instance writes, cut into lines, with the tail of the current invocation.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "services/lambda/runtime/image.h"

namespace thimble::services::lambda::runtime {

class LogBuffer {
 public:
  /// The tail that LogType=Tail returns.
  static constexpr std::size_t kTailBytes = 4096;
  /// A longer line is cut into several; CloudWatch Logs takes events up to 256 KiB.
  static constexpr std::size_t kLineBytes = 200 * 1024;
  /// What one invocation may write; the rest is counted, and said so.
  static constexpr std::size_t kInvocationBytes = std::size_t{8} << 20;

  /// Forgets the tail and the count: a new invocation begins.
  void begin();
  /// Bytes as they came from the instance. Bytes that are no UTF-8 become U+FFFD.
  void append(std::string_view bytes, base::Timestamp now);
  /// A whole line of ours.
  void line(std::string_view text, base::Timestamp now);
  /// Ends an unfinished line, and tells what was left out.
  void end(base::Timestamp now);

  /// The finished lines, which the caller takes.
  std::vector<LogLine> take();
  std::size_t size() const { return bytes_; }
  std::string tail() const { return tail_.size() > kTailBytes ? tail_.substr(tail_.size() - kTailBytes) : tail_; }

 private:
  void finish(base::Timestamp now);

  std::string partial_;
  std::vector<LogLine> lines_;
  std::size_t bytes_ = 0;
  std::size_t written_ = 0;
  std::size_t left_out_ = 0;
  std::string tail_;
};

}  // namespace thimble::services::lambda::runtime

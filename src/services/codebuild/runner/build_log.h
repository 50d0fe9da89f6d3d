// What a build logs: the agent's own lines as AWS writes them, and all that the commands print, with secrets masked.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dispatch/log_line.h"
#include "platform/clock.h"

namespace thimble::services::codebuild::runner {

class BuildLog {
 public:
  /// Receives whole lines, in order.
  using Sink = std::function<void(std::vector<dispatch::LogLine>)>;

  BuildLog(const platform::Clock& clock, Sink sink) : clock_(clock), sink_(std::move(sink)) {}

  /// "[Container] 2026/11/28 20:15:43.123000 TEXT".
  void say(std::string_view text);
  /// Output of a command, in any pieces.
  void append(std::string_view bytes);
  /// What has no end of line yet is a line.
  void endLine();
  /// Gives what there is to the sink.
  void flush();

  /// Shown as *** from now on. Values of less than three characters are left: masking them would hide the log itself.
  void addSecret(const std::string& value);

 private:
  void take(std::string line);

  const platform::Clock& clock_;
  Sink sink_;
  std::vector<dispatch::LogLine> lines_;
  std::string rest_;
  std::vector<std::string> secrets_;  ///< Longest first.
  std::size_t bytes_ = 0;
  bool full_ = false;
};

/// `text` with every secret replaced by ***.
std::string maskSecrets(std::string text, const std::vector<std::string>& secrets);

}  // namespace thimble::services::codebuild::runner

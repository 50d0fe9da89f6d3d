#include "platform/log.h"

#include <unistd.h>

#include <algorithm>
#include <string>

#include "base/time.h"
#include "platform/clock.h"

namespace thimble::platform {

void warn(std::string_view text) {
  std::string line = base::formatIso8601Milliseconds(SystemClock().now()) + " warning: " + std::string(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  line += '\n';
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace thimble::platform

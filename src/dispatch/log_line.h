// A line of output with the time it was written, on its way to CloudWatch Logs.
#pragma once

#include <string>

#include "base/time.h"

namespace thimble::dispatch {

struct LogLine {
  base::Timestamp time;
  std::string text;
};

}  // namespace thimble::dispatch

#include "platform/clock.h"

#include <chrono>

namespace thimble::platform {

base::Timestamp SystemClock::now() const {
  using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::system_clock;
  return {duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()};
}

}  // namespace thimble::platform

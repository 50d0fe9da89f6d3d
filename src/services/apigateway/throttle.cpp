#include "services/apigateway/throttle.h"

#include <algorithm>

namespace thimble::services::apigateway {

bool Throttle::take(const std::string& bucket, double rate, double burst, base::Timestamp now) {
  const std::lock_guard lock(mutex_);
  if (buckets_.size() >= kKeptBuckets && !buckets_.contains(bucket)) buckets_.clear();
  auto [place, fresh] = buckets_.try_emplace(bucket, Bucket{burst, now});
  Bucket& kept = place->second;
  if (now > kept.filled) {
    const double elapsed = static_cast<double>(now.milliseconds - kept.filled.milliseconds) / 1000.0;
    kept.tokens = std::min(burst, kept.tokens + rate * elapsed);
    kept.filled = now;
  }
  kept.tokens = std::min(kept.tokens, burst);
  if (kept.tokens < 1) return false;
  kept.tokens -= 1;
  return true;
}

}  // namespace thimble::services::apigateway

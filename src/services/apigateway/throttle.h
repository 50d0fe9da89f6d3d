// Token buckets: so many requests a second, and so many at once.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/time.h"

namespace thimble::services::apigateway {

class Throttle {
 public:
  /// Takes one token of the bucket; false when it is empty. A bucket is full at first; `rate` tokens a second come
  /// back, up to `burst`.
  bool take(const std::string& bucket, double rate, double burst, base::Timestamp now);

 private:
  struct Bucket {
    double tokens = 0;
    base::Timestamp filled;
  };
  /// Full buckets are forgotten beyond this many.
  static constexpr std::size_t kKeptBuckets = 10'000;

  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace thimble::services::apigateway

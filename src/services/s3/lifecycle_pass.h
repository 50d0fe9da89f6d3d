// What a bucket's lifecycle rules ask for is done at each midnight (UTC), by one durable process a bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
#pragma once

#include <string>

#include "dispatch/context.h"
#include "dispatch/kernel.h"

namespace thimble::services::s3 {

/// To be called when a bucket has got rules.
void awaitMidnight(dispatch::Context& context, const std::string& bucket);

/// Stateless: where a pass is stands in its next input.
class LifecyclePasses final : public dispatch::ProcessKind {
 public:
  static constexpr char kName[] = "s3.lifecycle";
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;
};

}  // namespace thimble::services::s3

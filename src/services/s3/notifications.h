// Event notifications of buckets to Lambda functions, SNS topics, SQS queues and EventBridge.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html
#pragma once

#include <string>
#include <string_view>

#include "dispatch/context.h"
#include "dispatch/kernel.h"
#include "services/s3/s3.pb.h"

namespace thimble::services::s3 {

/// Commits the event's delivery with the change that caused it. `event` is for example "ObjectCreated:Put".
void notify(dispatch::Context& context, const proto::Bucket& bucket, const proto::ObjectVersion& object,
            const std::string& event);
/// What S3 does on its own account, for example "LifecycleExpiration:Delete".
void notify(dispatch::ProcessContext& context, const proto::Bucket& bucket, const proto::ObjectVersion& object,
            const std::string& event);

/// The input of the call that tells a function, topic or queue.
base::Json notificationInput(std::string_view service, const std::string& arn, const std::string& message);

/// Makes the calls that notify() committed. One a server, outliving the kernel.
class Deliveries final : public dispatch::ProcessKind {
 public:
  static constexpr char kName[] = "s3.notification";
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;
};

}  // namespace thimble::services::s3
